// Package live runs what the documentation tells to run, on a real control plane.
package live
