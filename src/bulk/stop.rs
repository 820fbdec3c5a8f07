//! When a run of many calls begins no more of them.

use crate::error::{Call, Error, Kind};

/// Who is not allowed to write to the first ones is not allowed to write to any.
const FORBIDDEN: usize = 3;

/// What has come of the calls so far, and why no more are begun.
#[derive(Default)]
pub(super) struct Stop {
    ended: usize,
    forbidden: usize,
    because: Option<Error>,
}

impl Stop {
    /// A call has ended.
    pub(super) fn note(&mut self, error: Option<&Error>) {
        self.ended += 1;
        let Some(error) = error else { return };
        let stops = match &error.kind {
            // Whatever the next calls are about, they would fail alike; and a proxy that is asked again with the same
            // password may lock the account.
            Kind::Credential | Kind::Journal | Kind::Closed | Kind::ProxyAuthentication => true,
            Kind::Status(refusal) if refusal.status == 401 => true,
            Kind::Status(refusal) if refusal.status == 403 => {
                self.forbidden += 1;
                self.forbidden == self.ended && self.ended == FORBIDDEN
            }
            _ => false,
        };
        if stops {
            self.at(error);
        }
    }

    /// No more are to be begun.
    pub(super) fn at(&mut self, error: &Error) {
        self.because.get_or_insert_with(|| error.clone());
    }

    pub(super) fn is_told(&self) -> bool {
        self.because.is_some()
    }

    /// What is said of a call that was not begun.
    pub(super) fn not_begun(&self, is_called_off: bool) -> Error {
        let Some(because) = self.because.as_ref().filter(|_| !is_called_off) else {
            return Error::new(Kind::Interrupted, "not begun: the run was interrupted")
                .with_hint("run it again: what is done plans as nothing to do");
        };
        let message = format!("not begun, because another call of the run failed: {}", because.message);
        Error { message, call: Box::new(Call::default()), ..because.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Outcome, Refusal};

    fn refused(status: u16) -> Error {
        let refusal = Refusal {
            status,
            code: None,
            message: "no".to_owned(),
            request_id: None,
            date: None,
            retry_after: None,
            claims: None,
        };
        let call = Call { outcome: Outcome::NotApplied, attempts: 2, ..Call::default() };
        Error { call: Box::new(call), ..Error::new(Kind::Status(Box::new(refusal)), "refused") }
    }

    fn after(ended: &[Option<Error>]) -> Stop {
        let mut stop = Stop::default();
        for error in ended {
            stop.note(error.as_ref());
        }
        stop
    }

    #[test]
    fn it_stops_where_every_call_would_fail_alike() {
        let kinds = [Kind::Journal, Kind::Credential, Kind::ProxyAuthentication];
        let errors = kinds.map(|kind| Error::new(kind, "none to be had"));
        for error in errors.into_iter().chain([refused(401)]) {
            let stop = after(&[None, Some(error.clone())]);
            assert!(stop.is_told());
            let not_begun = stop.not_begun(false);
            assert_eq!((&not_begun.kind, *not_begun.call), (&error.kind, Call::default()));
            assert!(not_begun.message.contains(&error.message) && not_begun.message.starts_with("not begun"));
        }
    }

    #[test]
    fn one_bad_item_never_spoils_the_rest() {
        for status in [400, 403, 404, 409, 429, 500, 503] {
            assert!(!after(&[Some(refused(status)), Some(refused(status))]).is_told(), "{status}");
        }
        assert!(!after(&[Some(Error::new(Kind::Timeout, "late")), None]).is_told());
    }

    #[test]
    fn it_stops_if_the_first_three_are_forbidden_and_not_later() {
        let forbidden = || Some(refused(403));
        assert!(after(&[forbidden(), forbidden(), forbidden()]).is_told());
        assert!(!after(&[forbidden(), forbidden(), None, forbidden(), forbidden()]).is_told());
        assert!(!after(&[None, forbidden(), forbidden(), forbidden()]).is_told());
    }
}
