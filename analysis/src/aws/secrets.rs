//! Which secrets in the provider's own stores somebody may read.

use super::action::templates;
use super::decide::Asker;
use super::pattern::ANYTHING;
use super::truth::Truth;

/// The actions whose answer is a secret.
const READS: &[&str] = &[
    "secretsmanager:batchgetsecretvalue",
    "secretsmanager:getsecretvalue",
    "ssm:getparameter",
    "ssm:getparameterhistory",
    "ssm:getparameters",
    "ssm:getparametersbypath",
];

impl Asker<'_> {
    /// The secrets that they may read, by ARNs with wildcards; `secretsmanager:*` for all of a store.
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        for action in READS.iter().filter(|action| self.mentions(action)) {
            let everywhere: Vec<String> = templates(action, self.account)
                .iter()
                .map(|template| self.here(template).replace('*', ANYTHING))
                .collect();
            for resource in self.resources_for(action) {
                if self.allowed(action, &resource, &self.about(&resource)) < Truth::Maybe {
                    continue;
                }
                let store = action.split(':').next().unwrap_or_default();
                let is_all = everywhere.contains(&resource) || resource == "*";
                let text =
                    if is_all { format!("{store}:*") } else { resource.replace(ANYTHING, "*") };
                found.push(text);
            }
        }
        found.sort();
        found.dedup();
        // What all of a store holds need not be told one by one.
        let all: Vec<String> = found.iter().filter(|it| !it.starts_with("arn:")).cloned().collect();
        let is_told =
            |arn: &String| all.iter().any(|all| arn.split(':').nth(2) == all.split(':').next());
        found.retain(|it| !it.starts_with("arn:") || !is_told(it));
        found
    }
}
