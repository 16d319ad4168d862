// Runs the precompiled contracts over pairing curves with an independent library:
//   node precompiles.mjs FILE
// The file has a line for each call: the contract's number, a space, the input in hexadecimal digits. Prints a line for each: the output, or "fail".
import { readFileSync } from 'node:fs';
import { bn254 } from '@noble/curves/bn254.js';
import { bls12_381 as bls } from '@noble/curves/bls12-381.js';

class Refused extends Error {}
const require = (condition) => { if (!condition) throw new Refused(); };
const toNumber = (hex) => (hex === '' ? 0n : BigInt('0x' + hex));
const toHex = (number, digits) => number.toString(16).padStart(digits, '0');
const chunks = (hex, digits) => Array.from({ length: hex.length / digits }, (_, i) => hex.slice(i * digits, (i + 1) * digits));

// A curve as a contract reads it: how many digits a number has, whether a coordinate of the second group has its part with u first.
const curve = (library, digits, imaginaryFirst) => {
  const { Fp, Fp2, Fp12 } = library.fields;
  const readNumber = (hex) => { const number = toNumber(hex); require(number < Fp.ORDER); return number; };
  const readPair = (hex) => { const [a, b] = chunks(hex, digits).map(readNumber); return imaginaryFirst ? { c0: b, c1: a } : { c0: a, c1: b }; };
  const group = (Point, field, b, length, read, write) => ({
    length: 2 * length,
    coordinate: length,
    readField: read,
    read(hex) {
      const [x, y] = chunks(hex, length).map(read);
      if (field.is0(x) && field.is0(y)) return Point.ZERO;
      require(field.eql(field.sqr(y), field.add(field.mul(field.sqr(x), x), b)));
      return Point.fromAffine({ x, y });
    },
    readChecked(hex) { const point = this.read(hex); require(point.is0() || point.isTorsionFree()); return point; },
    write(point) {
      if (point.is0()) return '0'.repeat(2 * length);
      const { x, y } = point.toAffine();
      return write(x) + write(y);
    },
    times: (point, scalar) => point.multiplyUnsafe(scalar % Point.Fn.ORDER),
    zero: Point.ZERO,
  });
  const g1 = group(library.G1.Point, Fp, library.G1.Point.CURVE().b, digits, readNumber, (x) => toHex(x, digits));
  const g2 = group(library.G2.Point, Fp2, library.G2.Point.CURVE().b, 2 * digits, readPair, ({ c0, c1 }) => toHex(c0, digits) + toHex(c1, digits));
  const pairing = (input) => {
    require(input.length % (g1.length + g2.length) === 0);
    const pairs = chunks(input, g1.length + g2.length).map((pair) => ({ g1: g1.readChecked(pair.slice(0, g1.length)), g2: g2.readChecked(pair.slice(g1.length)) }));
    const real = pairs.filter((pair) => !pair.g1.is0() && !pair.g2.is0());
    return toHex(real.length === 0 || Fp12.eql(library.pairingBatch(real), Fp12.ONE) ? 1n : 0n, 64);
  };
  return { g1, g2, pairing };
};

const bn = curve(bn254, 64, true);
const bl = curve(bls, 128, false);
const padded = (input, digits) => input.padEnd(digits, '0').slice(0, digits);
const add = (group, input) => {
  require(input.length === 2 * group.length);
  return group.write(group.read(input.slice(0, group.length)).add(group.read(input.slice(group.length))));
};
const sum = (group, input) => {
  require(input.length > 0 && input.length % (group.length + 64) === 0);
  const terms = chunks(input, group.length + 64).map((term) => group.times(group.readChecked(term.slice(0, group.length)), toNumber(term.slice(group.length))));
  return group.write(terms.reduce((left, right) => left.add(right), group.zero));
};
const map = (library, group, input) => {
  require(input.length === group.coordinate);
  const value = group.readField(input);
  return group.write(library.mapToCurve(typeof value === 'bigint' ? value : [value.c0, value.c1]));
};
const contracts = {
  6: (input) => add(bn.g1, padded(input, 256)),
  7: (input) => { const all = padded(input, 192); return bn.g1.write(bn.g1.times(bn.g1.read(all.slice(0, 128)), toNumber(all.slice(128)))); },
  8: (input) => bn.pairing(input),
  11: (input) => add(bl.g1, input),
  12: (input) => sum(bl.g1, input),
  13: (input) => add(bl.g2, input),
  14: (input) => sum(bl.g2, input),
  15: (input) => { require(input.length > 0); return bl.pairing(input); },
  16: (input) => map(bls.G1, bl.g1, input),
  17: (input) => map(bls.G2, bl.g2, input),
};

for (const line of readFileSync(process.argv[2], 'utf8').trimEnd().split('\n')) {
  const [number, input] = line.split(' ');
  try {
    console.log(contracts[number](input));
  } catch (failure) {
    if (!(failure instanceof Refused)) throw failure;
    console.log('fail');
  }
}
