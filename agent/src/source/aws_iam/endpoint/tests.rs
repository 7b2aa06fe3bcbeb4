use std::collections::BTreeMap;

use super::Endpoints;

#[test]
fn a_service_listens_under_its_region_and_partition() {
    let endpoints = Endpoints::default();
    assert_eq!(endpoints.of("kms", "eu-west-1"), "https://kms.eu-west-1.amazonaws.com/");
    assert_eq!(endpoints.of("kms", "us-gov-west-1"), "https://kms.us-gov-west-1.amazonaws.com/");
    assert_eq!(endpoints.of("kms", "cn-north-1"), "https://kms.cn-north-1.amazonaws.com.cn/");
}

#[test]
fn an_address_for_one_service_comes_before_one_for_all() {
    let single = BTreeMap::from([("kms", "http://localhost:2".to_owned())]);
    let endpoints = Endpoints { all: Some("http://localhost:1/".to_owned()), single };
    assert_eq!(endpoints.of("kms", "us-east-1"), "http://localhost:2/");
    assert_eq!(endpoints.of("ssm", "us-east-1"), "http://localhost:1/");
}

#[test]
fn some_services_listen_under_another_name_or_in_one_place() {
    let endpoints = Endpoints::default();
    let address = |service: &str, region: &str| endpoints.of(service, region);
    assert_eq!(address("sagemaker", "eu-west-1"), "https://api.sagemaker.eu-west-1.amazonaws.com/");
    assert_eq!(
        address("bedrock-agentcore", "eu-west-1"),
        "https://bedrock-agentcore-control.eu-west-1.amazonaws.com/"
    );
    assert_eq!(
        address("organizations", "eu-west-1"),
        "https://organizations.us-east-1.amazonaws.com/"
    );
    assert_eq!(
        address("organizations", "cn-north-1"),
        "https://organizations.cn-northwest-1.amazonaws.com.cn/"
    );
}
