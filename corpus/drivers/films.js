"use strict";

module.exports = require("./frames.js");
