//! stub
#![allow(missing_docs)]
use crate::error::Result;
use crate::json::Json;
use crate::model::{AssignmentTarget, MobileAppAssignment};
use std::borrow::Cow;
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plan {
    app_id: String,
    before: Vec<MobileAppAssignment>,
    after: Vec<MobileAppAssignment>,
    warnings: Vec<Warning>,
}
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Warning {
    pub code: Cow<'static, str>,
    pub message: String,
}
#[derive(Clone, Debug)]
pub enum Named {
    Assignment(MobileAppAssignment),
    Target(AssignmentTarget),
}
pub struct Difference<'a> {
    pub missing: Vec<&'a MobileAppAssignment>,
    pub extra: Vec<&'a MobileAppAssignment>,
}
impl Difference<'_> {
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty()
    }
}
pub fn compare<'a>(expected: &'a [MobileAppAssignment], found: &'a [MobileAppAssignment]) -> Difference<'a> {
    Difference {
        missing: expected.iter().filter(|e| !found.iter().any(|f| f.key() == e.key())).collect(),
        extra: found.iter().filter(|e| !expected.iter().any(|f| f.key() == e.key())).collect(),
    }
}
pub fn check_change(_: &[MobileAppAssignment], _: &[Named]) -> Result<()> {
    Ok(())
}
pub fn check_replace(_: &[MobileAppAssignment]) -> Result<()> {
    Ok(())
}
impl Plan {
    pub fn change(
        app_id: &str,
        live: Vec<MobileAppAssignment>,
        add: &[MobileAppAssignment],
        _remove: &[Named],
    ) -> Result<Self> {
        let mut after = live.clone();
        after.extend(add.iter().filter(|a| !live.iter().any(|l| l.key() == a.key())).cloned());
        Ok(Self { app_id: app_id.to_owned(), before: live, after, warnings: vec![] })
    }
    pub fn replace(
        app_id: &str,
        live: Vec<MobileAppAssignment>,
        wanted: &[MobileAppAssignment],
    ) -> Result<Self> {
        Ok(Self { app_id: app_id.to_owned(), before: live, after: wanted.to_vec(), warnings: vec![] })
    }
    pub fn restore(app_id: &str, from: Vec<MobileAppAssignment>, to: Vec<MobileAppAssignment>) -> Self {
        Self { app_id: app_id.to_owned(), before: from, after: to, warnings: vec![] }
    }
    pub fn app_id(&self) -> &str {
        &self.app_id
    }
    pub fn before(&self) -> &[MobileAppAssignment] {
        &self.before
    }
    pub fn after(&self) -> &[MobileAppAssignment] {
        &self.after
    }
    pub fn added(&self) -> Vec<&MobileAppAssignment> {
        vec![]
    }
    pub fn removed(&self) -> Vec<&MobileAppAssignment> {
        vec![]
    }
    pub fn kept(&self) -> Vec<&MobileAppAssignment> {
        vec![]
    }
    pub fn changed(&self) -> Vec<(&MobileAppAssignment, &MobileAppAssignment)> {
        vec![]
    }
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
    pub fn is_empty(&self) -> bool {
        compare(&self.before, &self.after).is_none()
    }
    pub fn to_json(&self) -> Result<String> {
        Ok(String::new())
    }
    pub fn from_json(_: Json) -> Result<Self> {
        Err(crate::error::Error::internal("stub"))
    }
}
impl std::fmt::Display for Plan {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "stub")
    }
}
impl MobileAppAssignment {
    pub fn summary(&self) -> String {
        format!("{:?}", self.key())
    }
}
