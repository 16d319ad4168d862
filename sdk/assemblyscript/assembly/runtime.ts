// Memory that is never given back: a call is short, and every call has a memory of its own. (The compiler's own runtimes begin with a
// start function, which no contract may have.) heap.realloc and heap.free do not exist.

let top: usize = 0; // where the next block begins; 0 before the first

@global @unsafe
export function __alloc(size: usize): usize {
  if (top == 0) top = (__heap_base + 15) & ~15;
  const block = top, end = <u64>block + ((<u64>size + 15) & ~15);
  if (end > <u64>memory.size() << 16) unreachable(); // out of memory
  top = <usize>end;
  return block;
}

// Objects of the language: gcInfo, gcInfo2, rtId and rtSize stand before them, 4 bytes each.
@global @unsafe
export function __new(size: usize, id: u32): usize {
  if (size > 0x3fffffff) unreachable();
  const object = __alloc(16 + size) + 16;
  store<u32>(object - 8, id);
  store<u32>(object - 4, <u32>size);
  return object;
}

@global @unsafe
export function __renew(old: usize, size: usize): usize {
  const object = __new(size, load<u32>(old - 8));
  memory.copy(object, old, min<usize>(size, load<u32>(old - 4)));
  return object;
}

@global @unsafe
export function __link(parent: usize, child: usize, expectMultiple: bool): void {}

@global @unsafe
export function __pin(object: usize): usize {
  return object;
}

@global @unsafe
export function __unpin(object: usize): void {}

@global @unsafe
export function __visit(object: usize, cookie: u32): void {}

@global @unsafe
export function __collect(): void {}
