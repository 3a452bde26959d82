package controlplane

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

// AuditLog returns the file to which the API server writes each request as a line of JSON:
// an audit.k8s.io/v1 Event. Bodies are there for writes to nodes, evictions, ConfigMaps,
// cilium.io and the operator's own objects; heartbeats are left out.
func (c *Cluster) AuditLog() string { return c.path("audit.log") }

// Audit returns the audited requests so far, in the order of their completion.
func (c *Cluster) Audit() ([]auditv1.Event, error) {
	content, err := os.ReadFile(c.AuditLog())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // No request yet.
	}
	if err != nil {
		return nil, fmt.Errorf("cluster %s: read the audit log: %w", c.name, err)
	}
	// The server may be in the middle of the last line.
	complete := content[:bytes.LastIndexByte(content, '\n')+1]
	var events []auditv1.Event
	for line := range bytes.Lines(complete) {
		var event auditv1.Event
		if err := json.Unmarshal(line, &event); err != nil {
			return nil, fmt.Errorf("cluster %s: audit log line %d: %w", c.name, len(events)+1, err)
		}
		events = append(events, event)
	}
	return events, nil
}
