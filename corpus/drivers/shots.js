"use strict";

module.exports = require("./pictures.js");
