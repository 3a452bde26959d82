// Package controlplane runs real Kubernetes control planes as plain processes on
// loopback: etcd, kube-apiserver with TLS, RBAC and an audit log and, on request,
// kube-controller-manager, kube-scheduler and kwok, which plays the nodes.
//
// The programs are used as they are if KUBEBUILDER_ASSETS or the cache has them at
// the right version, and are otherwise built from Go modules, pinned in the module
// in binaries/. No container engine and no download site is needed.
//
// Nothing is left behind, however the process that started a [Fleet] ends: see
// supervisor.go.
package controlplane
