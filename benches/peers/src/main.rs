//! Prints what each crate answers, and how long it takes: `cargo run --release [-- INPUTS]`.

fn main() {
    let items = match std::env::args().nth(1).map(|text| text.parse()) {
        None => 1_000_000,
        Some(Ok(items)) if items > 0 => items,
        Some(_) => {
            eprintln!("one argument: how many inputs the time is measured on");
            std::process::exit(2);
        }
    };
    // A crate that panics is an answer in the table, not a message beside it.
    std::panic::set_hook(Box::new(|_| {}));
    println!(
        "**Bold** is not the right answer. Times are of this run on this machine: only ratios compare.\n"
    );
    for table in invoice_peers::tables(items) {
        println!("{table}");
    }
}
