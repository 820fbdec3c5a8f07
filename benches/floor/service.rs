//! A client of reqwest, and the headers that every request has.

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, StatusCode};
use uuid::Uuid;

use crate::Result;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(crate) struct Service {
    client: Client,
    apps: String,
    token: String,
}

impl Service {
    pub(crate) fn new(base_url: &str, token: &str) -> Result<Self> {
        let builder = Client::builder().no_proxy().user_agent("appassign-bench");
        // As appassign does: no certificates are looked for where there is no TLS.
        let builder = if base_url.starts_with("https:") { builder } else { builder.tls_certs_only([]) };
        let apps = format!("{base_url}/deviceAppManagement/mobileApps");
        Ok(Self { client: builder.build()?, apps, token: token.to_owned() })
    }

    /// Replaces what an app has.
    pub(crate) async fn assign(&self, app: &str, body: Vec<u8>) -> Result<()> {
        let request =
            self.client.post(format!("{}/{app}/assign", self.apps)).header(CONTENT_TYPE, JSON).body(body);
        self.answer(request, StatusCode::NO_CONTENT).await?;
        Ok(())
    }

    /// The list of what an app has.
    pub(crate) async fn assignments(&self, app: &str) -> Result<Bytes> {
        self.answer(self.client.get(format!("{}/{app}/assignments", self.apps)), StatusCode::OK).await
    }

    async fn answer(&self, request: RequestBuilder, wanted: StatusCode) -> Result<Bytes> {
        let answer = request
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(ACCEPT, JSON)
            .header("client-request-id", Uuid::new_v4().to_string())
            .send()
            .await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        if status == wanted { Ok(body) } else { Err(format!("answered {status}").into()) }
    }
}
