// Package message holds what all messages for people are made of: lists of bounded
// length, counts with the right plural, durations, and texts cut to what a field takes.
//
// What goes into status must read the same at every reconciliation: no function here
// looks at a clock or at the order of a map.
package message
