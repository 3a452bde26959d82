// Package config gives the manifests beside it to tests of other modules, and the CRDs to the plugin, which checks files
// by them. Go's test cache does not see changes of files outside a module, and would go on passing; what is embedded it
// sees.
package config

import "embed"

// Files are the manifests for Argo CD and Flux, and the CRDs, by their path in this folder.
//
//go:embed argocd flux crd/bases
var Files embed.FS
