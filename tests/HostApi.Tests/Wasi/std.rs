//! What ordinary programs use of Rust's standard library, a line of output for each.
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    println!("{} {:?} {:>8.3} {:#x}", "text", Some(5), 2.5f64, 0xbeef);
    let mut words: HashMap<String, u32> = HashMap::new();
    for line in io::stdin().lock().lines() {
        for word in line.unwrap().split_whitespace() {
            *words.entry(word.to_string()).or_default() += 1;
        }
    }
    let sorted: BTreeMap<_, _> = words.into_iter().collect();
    println!("{:?}", sorted);
    println!("{}", SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs());
    println!("{} {}", std::env::args().count(), std::env::var("HOME").is_err());
    let big: Vec<u64> = (0..50_000).map(|n| n * n).collect();
    println!("{}", big.iter().sum::<u64>());
    match fs::read_to_string("/greeting.txt") {
        Ok(text) => {
            print!("{text}");
            let mut file = fs::File::open("/data/numbers").unwrap();
            let size = file.metadata().unwrap().len();
            file.seek(SeekFrom::Start(2)).unwrap();
            let mut rest = String::new();
            file.read_to_string(&mut rest).unwrap();
            println!("{size} {}", rest.trim());
            println!("{:?}", fs::write("/new.txt", "x").map_err(|error| error.raw_os_error()));
            println!("{:?}", fs::remove_file("/greeting.txt").is_err());
        }
        Err(error) => println!("no files: {:?}", error.kind()),
    }
    io::stderr().write_all(b"to standard error\n").unwrap();
    if sorted.contains_key("panic") {
        panic!("as asked");
    }
    std::process::exit(if sorted.is_empty() { 0 } else { 4 });
}
