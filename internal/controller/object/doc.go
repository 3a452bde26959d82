// Package object is what the reconcilers of our three kinds share, so that each of
// them holds only what is its own:
//
//   - [Kind] is the frame of a reconciliation: read the object, put our finalizer on
//     it before anything is made that only a finalizer removes, finalize it when it is
//     being deleted, and requeue when somebody else wrote first.
//   - [Draft] is the object with the status as it is going to be, and writes it.
//   - [Again] collects when the object is looked at next.
//   - [Token] and [GenerationToken] are what status records of a retry that was asked for.
//   - [Announcer] makes events of what changed.
//   - [Identities] finds the AWSIdentity that an object acts through.
package object
