// Package gitops judges what is in config/argocd and config/flux by the engines that will run
// it: gopher-lua for Argo CD's health and actions, in the format of its own tests, and Flux's
// library for its health checks. A module of its own, since neither belongs into the product.
package gitops
