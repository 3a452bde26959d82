// Package argocd runs the real Argo CD beside a test's control planes: its application controller and its repo server, as
// processes that read a Git repository of this machine. What it does not have is its API server, so nobody clicks.
package argocd
