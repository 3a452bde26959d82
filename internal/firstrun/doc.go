// Package firstrun leads somebody with two real EKS clusters through the first time: it looks at both accounts and both
// clusters without writing, says what everything costs, and then makes each change only when asked for it. Each change has
// its undo, a file records what was begun, and whoever leaves in the middle is told what is there and how to take it back.
//
// What it looks with is the product's own: the readers, checks and plans that the manager uses, with the rights of who runs it.
package firstrun
