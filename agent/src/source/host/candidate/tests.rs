use super::*;

#[test]
fn places_are_known_by_name_and_folder() {
    for (path, expected) in [
        ("/home/ada/.aws/credentials", Guess::Known(Format::Aws)),
        ("/home/ada/.aws/sso/cache/ab12.json", Guess::Known(Format::Tokens)),
        ("/home/ada/credentials", Guess::Any),
        ("/home/ada/.kube/config", Guess::Known(Format::Kubeconfig)),
        ("/etc/kubernetes/admin.conf", Guess::Known(Format::Kubeconfig)),
        ("/home/ada/.docker/config.json", Guess::Known(Format::Docker)),
        ("/srv/app/config.json", Guess::Json),
        ("/srv/app/.env.production", Guess::Known(Format::Env)),
        ("/srv/app/.env.example", Guess::Any),
        ("/home/ada/.ssh/authorized_keys2", Guess::AuthorizedKeys),
        ("/home/ada/.ssh/id_rsa", Guess::Any),
        ("/home/ada/.ssh/id_rsa.pub", Guess::Nothing),
        ("/etc/shadow", Guess::Nothing),
        ("/srv/app/main.py", Guess::Nothing),
        ("/srv/store.p12", Guess::Box),
        ("/etc/ssl/certs/java/cacerts", Guess::Nothing),
        ("/usr/lib/jvm/default/lib/security/jssecacerts", Guess::Nothing),
        ("/opt/app/cacerts.jks", Guess::Nothing),
        ("/opt/app/cacerts-client.jks", Guess::Box),
    ] {
        assert_eq!(guess(Path::new(path)), expected, "{path}");
    }
}

#[test]
fn first_bytes_tell_keys_of_any_name() {
    for head in [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "\n\n-----BEGIN CERTIFICATE-----",
        "subject=/CN=x\n-----BEGIN CERTI",
        "PuTTY-User-Key-File-2: ",
    ] {
        assert_eq!(guess_head(head.as_bytes()), Guess::Keys, "{head}");
    }
    for head in ["", "#!/bin/sh\n", "BEGIN", "\0\0\0"] {
        assert_eq!(guess_head(head.as_bytes()), Guess::Nothing, "{head}");
    }
    assert_eq!(guess_head(&[0xfe, 0xed, 0xfe, 0xed]), Guess::Box);
}
