// Runs the kernels in V8: node kernels.js kernels.wasm; each line NAME SIZE CALLS is answered with the checksum and the
// nanoseconds of all calls together. Which of V8's compilers does it is for node's flags to say.
'use strict';
const kernels = new WebAssembly.Instance(new WebAssembly.Module(require('fs').readFileSync(process.argv[2]))).exports;
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const [name, size, calls] = line.split(' ');
    const run = kernels[name], argument = Number(size), count = Number(calls);
    let sum = 0n;
    const from = process.hrtime.bigint();
    for (let call = 0; call < count; call++) sum = run(argument);
    const elapsed = process.hrtime.bigint() - from;
    process.stdout.write(`${BigInt.asUintN(64, sum).toString(16).padStart(16, '0')} ${elapsed}\n`);
});
