package controlplane

import (
	"context"
	"time"
)

// Established waits until all CRDs are served. kubectl wait fails at once on one that has no conditions yet
// (".status.conditions accessor error"), so it is asked again.
func (c *Cluster) Established(ctx context.Context) error {
	var err error
	for range 30 {
		if _, err = c.Kubectl(ctx, "wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return err
}
