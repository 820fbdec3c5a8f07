//! What holds for every app and every wish.
