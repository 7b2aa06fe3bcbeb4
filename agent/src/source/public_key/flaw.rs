//! Keys whose private half anyone can work out, or look up, who has the public one.
//!
//! ```text
//! roca          CVE-2017-15361: primes made from powers of 65537; Nemec et al., ACM CCS 2017
//! close_primes  CVE-2022-26320: primes so close that Fermat's method finds them at once
//! small_factor  the modulus is no product of two large primes
//! exponent      1, or even: what is encrypted is readable, or no key at all
//! published     the private half comes with a program that everyone has
//! ```

#![expect(
    clippy::arithmetic_side_effects,
    reason = "numbers of any size do not overflow, no divisor is zero, and a middle is never below the root"
)]

use std::iter::successors;

use model::KeyFlaw;
use num_bigint::BigUint;

/// Primes of which the product, with 2, divides what every flawed library drew its primes from.
const ROCA_PRIMES: [u64; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// What the flawed library raised to powers.
const ROCA_GENERATOR: u64 = 65_537;

/// A factor below this is small.
const SMALL_FACTOR_MAX: u64 = 1_000;

/// BOUND: steps of Fermat's method: the keys found in the wild take one.
const FERMAT_STEPS_MAX: u32 = 100;

/// BOUND: larger moduli are not looked into: nobody uses them, and they would take long.
const MODULUS_BITS_MAX: u64 = 16_384;

/// SHA-256 of the `SubjectPublicKeyInfo` of keys whose private halves are public.
const PUBLISHED: [&str; 2] = [
    // Vagrant's insecure key, RSA: SHA256:1M4RzhMyWuFS/86uPY/ce2prh/dVTHW7iD2RhpquOZA
    "bde93142b0780b2a66d27977d35f4f542e71cc538d491fe6609e2380b747a027",
    // The same for Ed25519: SHA256:WkvqjnyPAeC0cbPErYiGP9vqHdgL1MqqvPdIe3lvHgI
    "a7279699e5c6a4ad971f9f205c2409a1cfb05216522b53b3d894dd3ede5e9675",
];

/// Whether the private half of the key of that digest is public.
pub(super) fn published(spki: &str) -> Option<KeyFlaw> {
    PUBLISHED.contains(&spki).then_some(KeyFlaw::Published)
}

/// What is wrong with an RSA key, if anything is; numbers are big-endian.
pub(super) fn of_rsa(modulus: &[u8], exponent: &[u8]) -> Option<KeyFlaw> {
    let modulus = BigUint::from_bytes_be(modulus);
    if modulus.bits() > MODULUS_BITS_MAX || modulus.bits() == 0 {
        return None;
    }
    let exponent = BigUint::from_bytes_be(exponent);
    if exponent.bits() <= 1 || !exponent.bit(0) {
        return Some(KeyFlaw::Exponent);
    }
    if has_small_factor(&modulus) {
        return Some(KeyFlaw::SmallFactor);
    }
    if is_roca(&modulus) {
        return Some(KeyFlaw::Roca);
    }
    has_close_primes(&modulus).then_some(KeyFlaw::ClosePrimes)
}

fn remainder(number: &BigUint, by: u64) -> u64 {
    (number % by).iter_u64_digits().next().unwrap_or(0)
}

fn has_small_factor(modulus: &BigUint) -> bool {
    // A divisor that is no prime has one that is, which comes first.
    (2..SMALL_FACTOR_MAX).any(|factor| remainder(modulus, factor) == 0)
}

/// Whether the modulus is a power of the generator by each of the primes, as one number in 2^154 is
/// by chance.
fn is_roca(modulus: &BigUint) -> bool {
    ROCA_PRIMES.iter().all(|prime| {
        let next = |power: &u64| power.checked_mul(ROCA_GENERATOR)?.checked_rem(*prime);
        let wanted = remainder(modulus, *prime);
        // 1 comes again when all powers have been.
        let mut powers = successors(Some(1), next).enumerate();
        powers
            .by_ref()
            .take_while(|(at, power)| *at == 0 || *power != 1)
            .any(|(_, power)| power == wanted)
    })
}

/// Whether the two primes are so close that their middle is the root of the modulus, or a few steps
/// above it.
fn has_close_primes(modulus: &BigUint) -> bool {
    let root = modulus.sqrt();
    let first = if &root * &root == *modulus { root } else { root + 1_u32 };
    (0..FERMAT_STEPS_MAX).any(|step| {
        let middle = &first + step;
        is_square(&(&middle * &middle - modulus))
    })
}

fn is_square(number: &BigUint) -> bool {
    // Of all numbers, one in five ends like a square; roots are dear.
    let low = number.iter_u64_digits().next().unwrap_or(0) & 63;
    let may_be = (0..32_u64).any(|root| root.wrapping_mul(root) & 63 == low);
    may_be && {
        let root = number.sqrt();
        &root * &root == *number
    }
}

#[cfg(test)]
mod tests;
