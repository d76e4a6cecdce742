"use strict";

module.exports = require("./packets.js");
