// Runs the programs of `bench corpora` in V8. Each line is a question in JSON, each answer is one line of JSON. The surroundings of
// WASI programs are the same as in bench/Bench/Wasi.cs, so that outputs can be compared.
'use strict';
const fs = require('fs');
const crypto = require('crypto');
const SUCCESS = 0, BAD_DESCRIPTOR = 8, MISSING = 44, NOT_SUPPORTED = 58, FOLDER = 3, FIRST_FILE = 4;
const hash = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

let last = { path: null, module: null };
function load(path) {
    if (last.path !== path) last = { path, module: new WebAssembly.Module(fs.readFileSync(path)) };
    return last.module;
}

const contents = new Map();
function read(path) {
    if (!contents.has(path)) contents.set(path, fs.readFileSync(path));
    return contents.get(path);
}

class Exit extends Error {}

function wasi(files) {
    const open = [], output = [], errors = [];
    const state = { nanoseconds: 0, exit: 0, output, errors, memory: null };
    let clock = 1600000000000000000n, random = 0, from = 0n;
    const view = () => new DataView(state.memory.buffer);
    const bytes = (offset, length) => new Uint8Array(state.memory.buffer, offset >>> 0, length >>> 0);
    const write32 = (offset, value) => { view().setUint32(offset >>> 0, value, true); return SUCCESS; };
    const write64 = (offset, value) => { view().setBigUint64(offset >>> 0, value, true); return SUCCESS; };
    const path = (offset, length) => Buffer.from(bytes(offset, length)).toString('utf8').replace(/^\.\//, '');
    const vectors = (offset, count) => Array.from({ length: count }, (_, i) => [view().getUint32(offset + 8 * i, true), view().getUint32(offset + 8 * i + 4, true)]);
    const file = (descriptor) => (descriptor >= FIRST_FILE ? open[descriptor - FIRST_FILE] : undefined);
    const fileState = (offset, length) => {
        bytes(offset, 64).fill(0);
        bytes(offset, 64)[16] = 4;
        bytes(offset, 64)[24] = 1;
        return write64(offset + 32, BigInt(length));
    };
    const none = () => SUCCESS;
    const sizes = (first, second) => { write32(first, 0); return write32(second, 0); };
    state.imports = {
        bench: {
            start() { from = process.hrtime.bigint(); },
            end() { state.nanoseconds += Number(process.hrtime.bigint() - from); },
        },
        wasi_snapshot_preview1: {
            args_get: none, environ_get: none, args_sizes_get: sizes, environ_sizes_get: sizes,
            clock_time_get(_id, _precision, offset) { clock += 1000000n; return write64(offset, clock); },
            random_get(offset, length) { bytes(offset, length).forEach((_, i, all) => { all[i] = random++ & 255; }); return SUCCESS; },
            fd_write(descriptor, offset, count, result) {
                const stream = descriptor === 1 ? output : descriptor === 2 ? errors : null;
                if (!stream) return BAD_DESCRIPTOR;
                let written = 0;
                for (const [start, length] of vectors(offset, count)) {
                    stream.push(Buffer.from(bytes(start, length)));
                    written += length;
                }
                return write32(result, written);
            },
            fd_read(descriptor, offset, count, result) {
                if (descriptor === 0) return write32(result, 0);
                const from = file(descriptor);
                if (!from) return BAD_DESCRIPTOR;
                let done = 0;
                for (const [start, length] of vectors(offset, count)) {
                    const part = from.bytes.subarray(from.position, from.position + length);
                    bytes(start, length).set(part);
                    from.position += part.length;
                    done += part.length;
                }
                return write32(result, done);
            },
            fd_seek(descriptor, offset, whence, result) {
                const from = file(descriptor);
                if (!from) return descriptor <= FOLDER ? NOT_SUPPORTED : BAD_DESCRIPTOR;
                const start = whence === 0 ? 0 : whence === 1 ? from.position : from.bytes.length;
                from.position = Math.max(0, Math.min(start + Number(offset), from.bytes.length));
                return write64(result, BigInt(from.position));
            },
            fd_close(descriptor) {
                if (!file(descriptor)) return descriptor <= FOLDER ? SUCCESS : BAD_DESCRIPTOR;
                open[descriptor - FIRST_FILE] = null;
                return SUCCESS;
            },
            fd_fdstat_get(descriptor, offset) {
                if (descriptor > FOLDER && !file(descriptor)) return BAD_DESCRIPTOR;
                bytes(offset, 8).fill(0);
                bytes(offset + 8, 16).fill(255);
                bytes(offset, 1)[0] = descriptor < FOLDER ? 2 : descriptor === FOLDER ? 3 : 4;
                return SUCCESS;
            },
            fd_filestat_get(descriptor, offset) {
                const from = file(descriptor);
                return from ? fileState(offset, from.bytes.length) : descriptor < FOLDER ? fileState(offset, 0) : BAD_DESCRIPTOR;
            },
            fd_prestat_get(descriptor, offset) {
                if (descriptor !== FOLDER) return BAD_DESCRIPTOR;
                write32(offset, 0);
                return write32(offset + 4, 1);
            },
            fd_prestat_dir_name(descriptor, offset) {
                if (descriptor !== FOLDER) return BAD_DESCRIPTOR;
                bytes(offset, 1)[0] = 46;
                return SUCCESS;
            },
            path_open(folder, _flags, offset, length, _open, _rights, _inherited, _more, result) {
                if (folder !== FOLDER) return BAD_DESCRIPTOR;
                const found = files[path(offset, length)];
                if (!found) return MISSING;
                open.push({ bytes: read(found), position: 0 });
                return write32(result, FIRST_FILE + open.length - 1);
            },
            path_filestat_get(_folder, _flags, offset, length, result) {
                const found = files[path(offset, length)];
                return found ? fileState(result, read(found).length) : MISSING;
            },
            proc_exit(code) { state.exit = code >>> 0; throw new Exit(); },
        },
    };
    return state;
}

function runProgram({ path, files }) {
    const state = wasi(files);
    const instance = new WebAssembly.Instance(load(path), state.imports);
    state.memory = instance.exports.memory;
    try {
        instance.exports._start();
    } catch (end) {
        if (!(end instanceof Exit)) throw end;
    }
    return { nanoseconds: state.nanoseconds, outcome: `exit ${state.exit} ${hash(Buffer.concat(state.output))} ${hash(Buffer.concat(state.errors))}` };
}

function adler32(bytes) {
    let a = 1, b = 0;
    for (const value of bytes) { a = (a + value) % 65521; b = (b + a) % 65521; }
    return (b << 16 | a) | 0;
}

function callFunction({ path, name, parameters, result, arguments: words, memory, prefix, calls }) {
    let instance = null;
    instance = new WebAssembly.Instance(load(path), {
        env: { adler32: (offset, length) => adler32(new Uint8Array(instance.exports.memory.buffer, offset >>> 0, length >>> 0)) },
    });
    const values = words.map((word, i) => (parameters[i] === 'i' ? Number(BigInt.asIntN(32, BigInt(word))) : BigInt.asIntN(64, BigInt(word))));
    const run = instance.exports[name], initial = Buffer.from(memory, 'hex');
    let value;
    const from = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) {
        if (initial.length > 0) new Uint8Array(instance.exports.memory.buffer).set(initial);
        value = run(...values);
    }
    const nanoseconds = Number(process.hrtime.bigint() - from) / calls;
    const shown = result === 'i' ? String(value >>> 0) : result === 'I' ? String(BigInt.asUintN(64, value)) : '';
    const bytes = instance.exports.memory ? new Uint8Array(instance.exports.memory.buffer) : new Uint8Array(0);
    return { nanoseconds, outcome: `${shown} ${hash(bytes.subarray(0, Math.min(prefix, bytes.length)))}` };
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const question = JSON.parse(line);
    let answer;
    try {
        answer = question.name ? callFunction(question) : runProgram(question);
    } catch (failure) {
        answer = { nanoseconds: 0, outcome: `failed: ${failure.message}` };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
});
