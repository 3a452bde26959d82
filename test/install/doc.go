// Package install installs crossvpc as its users do, on real control planes: with kustomize, make and Helm, also over what a
// former release left, and takes it away again. It is a Go module of its own: Helm does not belong into the product.
package install
