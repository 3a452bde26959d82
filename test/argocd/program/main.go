// Command program is the part of Argo CD that brings what Git holds into clusters: its application controller and its repo
// server, unchanged, and the Redis that they share (miniredis, which Argo CD's own tests use). It is cmd/main.go of
// github.com/argoproj/argo-cd without the API server, its CLI and its other controllers. ARGOCD_BINARY_NAME says which
// part runs, as it does there.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alicebob/miniredis/v2"
	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	askpass "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	"github.com/spf13/cobra"
)

func main() {
	if err := command(part()).Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "argocd:", err)
		os.Exit(1)
	}
}

func part() string {
	if name := os.Getenv("ARGOCD_BINARY_NAME"); name != "" {
		return name
	}
	return filepath.Base(os.Args[0])
}

func command(part string) *cobra.Command {
	switch part {
	case "argocd-application-controller":
		return controller.NewCommand()
	case "argocd-repo-server":
		return reposerver.NewCommand()
	case "argocd-git-ask-pass":
		return askpass.NewCommand()
	case "redis":
		return redis()
	}
	return &cobra.Command{RunE: func(*cobra.Command, []string) error {
		return errors.New("ARGOCD_BINARY_NAME must be argocd-application-controller, argocd-repo-server, argocd-git-ask-pass or redis")
	}}
}

// redis serves until it is told to end. Its argument is the address.
func redis() *cobra.Command {
	return &cobra.Command{Use: "redis ADDRESS", Args: cobra.ExactArgs(1), RunE: func(_ *cobra.Command, args []string) error {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		server := miniredis.NewMiniRedis()
		if err := server.StartAddr(args[0]); err != nil {
			return fmt.Errorf("listen on %s: %w", args[0], err)
		}
		defer server.Close()
		<-ctx.Done()
		return nil
	}}
}
