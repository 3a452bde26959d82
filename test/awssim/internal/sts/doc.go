// Package sts is the simulated Security Token Service: who am I, and roles of any account with their
// trust policies, as far as an operator that assumes roles meets them.
package sts
