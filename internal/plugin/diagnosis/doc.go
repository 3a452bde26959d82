// Package diagnosis walks the hops from a pod to a pod of its peer, and back, in the order that a packet takes them, and stops
// at the first that does not hold. It is pure: the evidence is what objects say.
package diagnosis
