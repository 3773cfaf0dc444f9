//! How the border's models run: under loom in every order with up to two preemptions, else many times.

/// Runs a body in every order, within a bound of preemptions.
pub fn model(body: impl Fn() + Send + Sync + 'static) {
  #[cfg(loom)]
  let check = |body| {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(body);
  };
  #[cfg(not(loom))]
  let check = |body: Box<dyn Fn() + Send + Sync>| (0..200).for_each(|_| body());
  check(Box::new(body));
}
