use super::*;

/// Two primes of 512 bits made by `openssl prime`; and another with the next prime above it.
const P: &str = "\
     dfde4fd9512c3b44452a2a6969224ab95e7e5744d6111f9e174939b47f29cf03ef3ac67aa7871b72bb891e81\
     fa2e5110dbcf9f63cbc3b6701d313099ae57bbc1";
const Q: &str = "\
     ec68b3a4bfc8ecdda4cc5bbf1612f06db733b4c328d522a7859d2ee5a55cbc259e6b9296bd18d2228cbe024f\
     5c3926e13099e3438a69c6af035550ed62e546f9";
const CLOSE: [&str; 2] = [
    "\
     e43f44c3f9b45ba73ae5d21dc4a1566d101b95c9c6a6e31191e5f87614a469f1c6101b542ce35e6de6b94ad0\
     fe5cc409f8df5c1b7b0a34b959972652c1710cdf",
    "\
     e43f44c3f9b45ba73ae5d21dc4a1566d101b95c9c6a6e31191e5f87614a469f1c6101b542ce35e6de6b94ad0\
     fe5cc409f8df5c1b7b0a34b959972652c1710ded",
];

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap()
}

fn flaw(modulus: &BigUint, exponent: u32) -> Option<KeyFlaw> {
    of_rsa(&modulus.to_bytes_be(), &exponent.to_be_bytes())
}

#[test]
fn a_sound_key_has_no_flaw() {
    assert_eq!(flaw(&(number(P) * number(Q)), 65_537), None);
    assert_eq!(flaw(&(number(P) * number(Q)), 3), None);
}

#[test]
fn an_exponent_of_one_or_an_even_one_is_a_flaw() {
    for exponent in [0, 1, 2, 65_536] {
        assert_eq!(flaw(&(number(P) * number(Q)), exponent), Some(KeyFlaw::Exponent));
    }
}

#[test]
fn a_factor_below_a_thousand_is_a_flaw() {
    for factor in [2_u32, 3, 997] {
        assert_eq!(flaw(&(number(P) * factor), 65_537), Some(KeyFlaw::SmallFactor));
    }
    assert_eq!(flaw(&(number(P) * 1_009_u32), 65_537), None);
}

#[test]
fn primes_that_are_neighbours_are_a_flaw() {
    let [one, other] = CLOSE.map(number);
    assert_eq!(flaw(&(&one * &other), 65_537), Some(KeyFlaw::ClosePrimes));
    assert_eq!(flaw(&(&one * &one), 65_537), Some(KeyFlaw::ClosePrimes));
    assert_eq!(flaw(&(one * number(P)), 65_537), None);
}

/// Moduli with the structure of the flawed library, which `roca-detect` 1.2.12 calls vulnerable.
const ROCA: &[&str] = &[
    "\
     acb8fc2775aceb551f0fac4fedf3d5bd693fd9856941f4ceb14a350abd7aacaa1e42a083c86eff17878d0e0d\
     f7d7811f3d34afe77c4f12a0249da9aaeb462fdf",
    "\
     80bfc28bb3e21858898bcafcaea858bfa31d784cd43d6df7ba078f88d967f0376ccb34cbfea3844d148388d0\
     79e9261bfb32e17633e4dbbd567cb94ba801c59d1981f41ede7034a72f223efcb4349217a27f787a48f0c39f\
     4a454d7cbe8375d76adbc9d49e222231a10389f27228d8ffe29952b7dc969db5441fa362ef399de1",
    "\
     e4609e70ab9b58e344efae414c3ff1e5e5b3bd7c61569dee6c64fe2ebf1afef8d6d9e3f0156281b42ed92bd8\
     e3d709cae9553927f84de239599a6b4d863a6641b40b1dec5dd38a8840829cb0972b181c3f143e0480ba7971\
     fe3ce254da8d4f4191677f3b531dab8782150fd26d8263b013997d795c24ae12dd0c648185faa472bb5344fb\
     237004e7a97f16c95dd544f5ce23ec227c2de00570f8b4b50f920e8924840a8c1bd26efd45dcea8cac4bdaeb\
     ab931a9341f66dc4258af5c5c942c91014c2585f8984be9cd47a069fb8d66383a5c9d6e46f8c537944da289e\
     855e9da46a2c6ccff35b1652ead8df07c91013945baa67479b3b44ed4dbf6a3a796b9e2b",
];

#[test]
fn moduli_of_the_flawed_library_are_known() {
    for modulus in ROCA {
        assert_eq!(flaw(&number(modulus), 65_537), Some(KeyFlaw::Roca));
        assert_ne!(flaw(&(number(modulus) + 2_u32), 65_537), Some(KeyFlaw::Roca));
    }
}

#[test]
fn hostile_numbers_are_looked_at_in_a_bounded_time() {
    assert_eq!(of_rsa(&[], &[]), None);
    assert_eq!(of_rsa(&[0; 4_000], &[1, 0, 1]), None);
    assert_eq!(of_rsa(&[0xff; 4_000], &[1, 0, 1]), None);
    for bits in [1_u32, 2, 3, 64, 65] {
        let _any = flaw(&((BigUint::from(1_u32) << bits) - 1_u32), 65_537);
    }
}

#[test]
fn keys_whose_private_half_is_public_are_known() {
    assert_eq!(published(PUBLISHED[0]), Some(KeyFlaw::Published));
    assert_eq!(published(&PUBLISHED[0].to_uppercase()), None);
}
