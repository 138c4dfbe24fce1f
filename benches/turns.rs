//! Requests from outside to servers before one origin, in turn, and what they differ by: `benches/gate-outside.mjs`
//! starts the servers and says which they are.
//!
//! What asks is quiet: one thread with a connection to each server, sockets that block, buffers that are there. The origin
//! is in the same program, so that it shares a core with what waits for it and with nothing else. The order of each turn is
//! drawn anew, for a server that is asked after itself finds its own code in the caches.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

/// Compilers and collectors of the servers have settled by then.
const WARM: usize = 20_000;
const TURNS: usize = 21_000;
const STEADY: usize = 3_000;
/// How many turns are told of together.
const STRETCH: usize = 1_000;
/// Two hundred requests a second.
const PAUSE: Duration = Duration::from_millis(5);
const BLOCKS: usize = 20;
const BLOCK: u32 = 500;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nhere";

/// The process of the servers, the port of the origin, and of each server three: its port, a target in which `#` stands
/// for a number that is never the same, and what it is called. The first is what the others are compared with.
fn main() -> io::Result<()> {
    let given: Vec<String> = env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let [process, origin, servers @ ..] = given.as_slice() else {
        eprintln!("turns: started by `node benches/gate-outside.mjs`");
        return Ok(());
    };
    let listener = TcpListener::bind(("127.0.0.1", number(origin)?))?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    let mut servers: Vec<Server> = servers.chunks(3).map(Server::connect).collect::<io::Result<_>>()?;
    in_turn(&mut servers, WARM, Duration::ZERO)?;
    let times = in_turn(&mut servers, TURNS, Duration::ZERO)?;
    show(&format!("{TURNS} turns, one request after the other"), &servers, &times);
    let times = in_turn(&mut servers, STEADY, PAUSE)?;
    show(&format!("{STEADY} turns, a request every {PAUSE:?}"), &servers, &times);
    blocks(&mut servers, process)
}

struct Server {
    name: String,
    target: String,
    stream: TcpStream,
    asked: usize,
    buffer: Vec<u8>,
}

impl Server {
    fn connect(given: &[String]) -> io::Result<Self> {
        let [port, target, name] = given else { return Err(io::Error::other("a port, a target and a name")) };
        let stream = TcpStream::connect(("127.0.0.1", number(port)?))?;
        stream.set_nodelay(true)?;
        let (target, name) = (target.clone(), name.clone());
        Ok(Self { name, target, stream, asked: 0, buffer: vec![0; 65_536] })
    }

    /// How long one request takes, in microseconds.
    fn ask(&mut self) -> io::Result<f64> {
        self.asked += 1;
        let target = self.target.replace('#', &self.asked.to_string());
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: api.example\r\nX-Test-User: user:bob\r\nAccept: application/json\r\n\
             User-Agent: bench\r\nContent-Type: application/json\r\nAuthorization: token abc\r\n\
             Accept-Encoding: gzip\r\n\r\n"
        );
        let start = Instant::now();
        self.stream.write_all(request.as_bytes())?;
        let mut length = 0;
        while !is_whole(&self.buffer[..length]) {
            match self.stream.read(&mut self.buffer[length..])? {
                0 => return Err(io::Error::other("the server hung up")),
                more => length += more,
            }
        }
        let time = start.elapsed();
        let is_fine = self.buffer.starts_with(b"HTTP/1.1 200");
        if is_fine {
            Ok(time.as_secs_f64() * 1e6)
        } else {
            Err(io::Error::other("the origin was not reached"))
        }
    }
}

/// An answer of the origin as it arrives, in one piece or by chunks; one that is refused has no body like it.
fn is_whole(answer: &[u8]) -> bool {
    answer.ends_with(b"here") || answer.ends_with(b"here\r\n0\r\n\r\n") || answer.ends_with(b"}")
}

/// The origin, on one connection.
fn answer(mut stream: TcpStream) {
    let (mut buffer, mut length) = ([0; 16_384], 0);
    while let Ok(more @ 1..) = stream.read(&mut buffer[length..]) {
        length += more;
        if buffer[..length].ends_with(b"\r\n\r\n") {
            length = 0;
            if stream.write_all(ANSWER).is_err() {
                return;
            }
        }
    }
}

/// The times of each server, turn by turn.
fn in_turn(servers: &mut [Server], turns: usize, pause: Duration) -> io::Result<Vec<Vec<f64>>> {
    let mut times = vec![Vec::with_capacity(turns); servers.len()];
    let mut order: Vec<usize> = (0..servers.len()).collect();
    let mut random = 88_172_645_463_325_252_u64;
    for _ in 0..turns {
        for last in (1..order.len()).rev() {
            for (left, by) in [(true, 13), (false, 7), (true, 17)] {
                random ^= if left { random << by } else { random >> by };
            }
            order.swap(last, usize::try_from(random >> 33).unwrap_or(0) % (last + 1));
        }
        for &at in &order {
            thread::sleep(pause);
            times[at].push(servers[at].ask()?);
        }
    }
    Ok(times)
}

/// What is told is the middle of stretches of turns, each by itself: what else the machine does comes in bursts, and
/// falls into a few of them.
fn show(title: &str, servers: &[Server], times: &[Vec<f64>]) {
    println!("\n{title}, microseconds:\n");
    println!("| | p50 | p90 | p99 | longer at p50 | at p90 | at p99 | longer in the same turn, p50 |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let first = &times[0];
    for (server, own) in servers.iter().zip(times) {
        let shares = [0.5, 0.9, 0.99];
        let [middle, most, slowest] = shares.map(|share| by_stretch(own, first, |own, _| at(own, share)));
        let longer =
            shares.map(|share| by_stretch(own, first, |own, first| at(own, share) - at(first, share)));
        let in_turn = by_stretch(own, first, |own, first| {
            at(&own.iter().zip(first).map(|(own, first)| own - first).collect::<Vec<_>>(), 0.5)
        });
        println!(
            "| {} | {middle:.0} | {most:.0} | {slowest:.0} | {:.0} | {:.0} | {:.0} | {in_turn:.0} |",
            server.name, longer[0], longer[1], longer[2],
        );
    }
}

/// The middle of what is told of each stretch of two servers' times.
fn by_stretch(own: &[f64], first: &[f64], tell: impl Fn(&[f64], &[f64]) -> f64) -> f64 {
    let pairs = own.chunks(STRETCH).zip(first.chunks(STRETCH));
    at(&pairs.map(|(own, first)| tell(own, first)).collect::<Vec<_>>(), 0.5)
}

/// The value below which that share of them lies.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a position"
)]
fn at(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(share * (sorted.len() - 1) as f64) as usize]
}

/// Each server by itself for some hundred requests, in turn: how many it answers, and what the processor does for one.
fn blocks(servers: &mut [Server], process: &str) -> io::Result<()> {
    let mut told = vec![(Vec::new(), Vec::new()); servers.len()];
    for _ in 0..BLOCKS {
        for (server, (times, work)) in servers.iter_mut().zip(&mut told) {
            let (start, before) = (Instant::now(), processor_time(process)?);
            for _ in 0..BLOCK {
                server.ask()?;
            }
            times.push(start.elapsed().as_secs_f64() / f64::from(BLOCK));
            work.push((processor_time(process)? - before) / f64::from(BLOCK));
        }
    }
    println!("\n{BLOCKS} blocks of {BLOCK} requests, the middle one:\n");
    println!("| | requests a second | µs of the processor for one | more |\n|---|---:|---:|---:|");
    let first = at(&told[0].1, 0.5);
    for (server, (times, work)) in servers.iter().zip(&told) {
        let (rate, work) = (1.0 / at(times, 0.5), at(work, 0.5));
        println!("| {} | {rate:.0} | {work:.0} | {:.0} |", server.name, work - first);
    }
    Ok(())
}

/// What all threads of a process have taken of the processor, in microseconds.
fn processor_time(process: &str) -> io::Result<f64> {
    let threads = fs::read_dir(format!("/proc/{process}/task"))?.flatten();
    let told = threads.filter_map(|it| fs::read_to_string(it.path().join("schedstat")).ok());
    Ok(told.filter_map(|it| it.split(' ').next()?.parse::<f64>().ok()).sum::<f64>() / 1000.0)
}

fn number(text: &str) -> io::Result<u16> {
    text.parse().map_err(io::Error::other)
}
