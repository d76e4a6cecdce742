// What argon2.py does, with `ccall` and the other helpers of the JavaScript beside the binary.
"use strict";

const [ARGON2ID, VERSION] = [2, 0x13];

const library = require(process.argv[2]);
library.onRuntimeInitialized = () => {
  const { _malloc, _argon2_hash, _argon2_verify, _argon2_error_message, HEAPU8, UTF8ToString } = library;
  const put = (bytes) => {
    const address = _malloc(bytes.length + 1);
    HEAPU8.set(bytes, address);
    HEAPU8[address + bytes.length] = 0;
    return address;
  };
  const text = (address) => Buffer.from(HEAPU8.subarray(address, HEAPU8.indexOf(0, address))).toString();
  const hashed = (password, salt) => {
    const [raw, encoded] = [_malloc(32), _malloc(512)];
    const secrets = [put(password), password.length, put(salt), salt.length];
    const status = _argon2_hash(2, 1024, 1, ...secrets, raw, 32, encoded, 512, ARGON2ID, VERSION);
    if (status) throw new Error(text(_argon2_error_message(status)));
    return [Buffer.from(HEAPU8.subarray(raw, raw + 32)).toString("hex"), text(encoded)];
  };
  const [raw, encoded] = hashed(Buffer.from("pässword"), Buffer.from("somesalt"));
  console.log(raw);
  console.log(encoded);
  for (const guess of ["pässword", "password"]) {
    const bytes = Buffer.from(guess);
    const status = _argon2_verify(put(Buffer.from(encoded)), put(bytes), bytes.length, ARGON2ID);
    console.log(guess, text(_argon2_error_message(status)));
  }
  try {
    hashed(Buffer.from("password"), Buffer.from("short"));
  } catch (error) {
    console.log(error.message);
  }
};
