//! What `appassign doctor` tells: the way to the service, and what a token says of itself.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::claims::Claims;
use crate::error::Result;
use crate::network::{Network, Trust};
use crate::secret::Token;
use crate::service::ServiceRoot;

/// Where calls go, and how they get there. A proxy's password is not shown.
pub(super) fn way<'py>(
    py: Python<'py>,
    root: &ServiceRoot,
    network: &Network,
) -> PyResult<Bound<'py, PyDict>> {
    let proxy = if root.is_loopback() { None } else { network.proxy()? };
    let (trusted_by, bundle) = match network.trust() {
        Trust::Bundle { named_by, path } if root.is_tls() => (Some(named_by), Some(path)),
        _ => (None, None),
    };
    let way = PyDict::new(py);
    way.set_item("base_url", root.as_str())?;
    way.set_item("scope", root.cloud().scope())?;
    way.set_item("proxy", proxy.as_ref().map(|proxy| format!("{:?}", proxy.url)))?;
    way.set_item("proxy_named_by", proxy.as_ref().map(|proxy| proxy.named_by))?;
    way.set_item("no_proxy", proxy.as_ref().map(|proxy| proxy.except.as_str()))?;
    way.set_item("ca_bundle", bundle)?;
    way.set_item("ca_bundle_named_by", trusted_by)?;
    Ok(way)
}

/// What a token says of itself; ``None`` for one that says nothing. It is read, not trusted.
#[pyfunction]
pub(super) fn token_claims<'py>(py: Python<'py>, token: &str) -> PyResult<Option<Bound<'py, PyDict>>> {
    let read = |token| -> Result<_> { Ok(Claims::of(&Token::new(token)?)) };
    let Some(read) = read(token)? else { return Ok(None) };
    let claims = PyDict::new(py);
    claims.set_item("audience", read.audience)?;
    claims.set_item("not_before", read.not_before.map(jiff::Timestamp::as_second))?;
    claims.set_item("expires", read.expires.map(jiff::Timestamp::as_second))?;
    claims.set_item("tenant", read.tenant)?;
    claims.set_item("application", read.application)?;
    claims.set_item("scopes", read.scopes)?;
    claims.set_item("roles", read.roles)?;
    Ok(Some(claims))
}
