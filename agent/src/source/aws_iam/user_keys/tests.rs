use super::public_key;

/// Made by `openssl genrsa 2048`; of `openssl rsa -pubout` and `ssh-keygen -y` on the same key.
const PEM: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvoYI55gFq4gtiwEufS/H
551sls6gnjKADPQj2Eoe6XZYYCB3eIHEMGffQAQEJ5bW8sIiN0eXiCMZhpLpTwsC
02OiFkjJXJiku6qwsI2PgpKt6lPV8fDCtgpyLBQrgic+31vzNUGGFpFmMTCYFz5N
LFsCc3knJrpLpg1dnufwqKaR09d3fSHDu6mn12i5rSqWNUzpJcitLpL1IHzrUUXC
XA8/eqqJuRqLmrNLrcs5HpXFJLVg/mzJ84G1I0GJdRTYN+kVp+QVjJ8K7gMabecF
z1TAazrIcFFX76uNLt5Bdf4Qx7Wt9Gm4xPS7+cXqW1nFMq512Cif/C/5hZWldrpK
TQIDAQAB
-----END PUBLIC KEY-----
";
const SSH: &str = "\
ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC+hgjnmAWriC2LAS59L8fnnWyWzqCeMoAM9CPYSh7pdlhgIHd4gcQwZ99ABAQnltbywiI3R5eIIxmGkulPCwLTY6IWSMlcmKS7qrCwjY+Ckq3qU9Xx8MK2CnIsFCuCJz7fW/M1QYYWkWYxMJgXPk0sWwJzeScmukumDV2e5/CoppHT13d9IcO7qafXaLmtKpY1TOklyK0ukvUgfOtRRcJcDz96qom5Gouas0utyzkelcUktWD+bMnzgbUjQYl1FNg36RWn5BWMnwruAxpt5wXPVMBrOshwUVfvq40u3kF1/hDHta30abjE9Lv5xepbWcUyrnXYKJ/8L/mFlaV2ukpN";

/// By `openssl pkey -pubin -outform DER | sha256sum`.
const SPKI: &str = "47e2fa2a1aef6b5cd10ddae3979b46a05918fdd781b4d9ed6cd975fc990fdeb3";

#[test]
fn a_key_in_pem_is_known_by_the_digest_of_its_public_key_info() {
    let key = public_key(PEM).unwrap();
    assert_eq!(key.id.0, format!("key:{SPKI}"));
    assert_eq!((key.facts.spki.as_deref(), key.facts.bits), (Some(SPKI), Some(2048)));
}

#[test]
fn a_key_in_the_form_of_ssh_is_the_same_key() {
    assert_eq!(public_key(SSH), public_key(PEM));
}

#[test]
fn what_is_no_public_key_is_refused() {
    for text in ["", "ssh-rsa", "ssh-rsa AAAA", "-----BEGIN PUBLIC KEY-----\n", "MIIB"] {
        assert!(public_key(text).is_err(), "{text}");
    }
}
