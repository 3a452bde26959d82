package rollout

// Way names a way to renew a node, so that it runs the newest routing value. Each is a file of this package, where it
// is decided, and one of internal/rollout/driver, where it is done.
type Way string

// WayNone marks a node that is reported and never touched (Fargate, or a group that cannot be proven).
const WayNone Way = ""
