// Compiles modules in V8: node --single-threaded --no-wasm-lazy-compilation [--no-liftoff | --liftoff-only] compile.js; each line
// PATH RUNS is answered with the milliseconds of processor time of the median, or "-" where V8 refuses the module.
'use strict';
const fs = require('fs');
let count = 0;

// A custom section that is another each time, so that V8 does not find the module among those that it has compiled.
function changed(bytes) {
    const number = Buffer.alloc(4);
    number.writeUInt32LE(count++);
    return Buffer.concat([bytes, Buffer.from([0, 6, 1, 110]), number]);
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const at = line.lastIndexOf(' '), bytes = fs.readFileSync(line.slice(0, at)), times = [];
    try {
        for (let run = 0; run < Number(line.slice(at + 1)); run++) {
            const fresh = changed(bytes), from = process.cpuUsage();
            new WebAssembly.Module(fresh);
            const used = process.cpuUsage(from);
            times.push((used.user + used.system) / 1e3);
        }
        process.stdout.write(`${times.sort((a, b) => a - b)[times.length >> 1]}\n`);
    } catch {
        process.stdout.write('-\n');
    }
});
