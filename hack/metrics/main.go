// Command metrics writes docs/metrics.md from the table of metrics, so that the
// documentation can't drift from the code.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/crossvpc/crossvpc/internal/metrics"
)

const target = "docs/metrics.md"

const introduction = `# Metrics

When do I need this: to build a dashboard or an alert of your own.

Generated from ` + "`internal/metrics/table.go`; `make generate` renews it." + `

The manager serves metrics in Prometheus' format over TLS on port 8443 under ` + "`/metrics`" + `, to those whose token may get
that path: bind the service account of Prometheus to the ClusterRole ` + "`crossvpc-metrics-reader`" + `. Names, labels and units are
API: they change only with a release note. Alerts are in [alerts.md](alerts.md), and a Grafana dashboard is in
` + "`config/prometheus/dashboard.json`" + `.

` + "```sh" + `
kubectl create clusterrolebinding crossvpc-metrics-reader-prometheus --clusterrole=crossvpc-metrics-reader --serviceaccount=monitoring:prometheus
kubectl port-forward -n crossvpc-system deployment/crossvpc 8443 &
curl -sk -H "Authorization: Bearer $(kubectl create token -n monitoring prometheus)" https://localhost:8443/metrics
` + "```" + `

The certificate is made at each start of the manager, and nobody can verify it (` + "`insecureSkipVerify`" + `). For one of your own,
mount a folder with ` + "`tls.crt` and `tls.key`" + ` and set ` + "`--metrics-cert-dir`" + `. ` + "`--metrics-secure=false`" + ` serves plain text
to everybody who can connect, as older releases did on port 8080.

Scrape with ` + "`honorLabels: true`" + `. Our series carry the ` + "`namespace`" + ` of the object that they speak of; without it,
Prometheus puts the namespace of the manager's pod in its place and moves ours to ` + "`exported_namespace`" + `.

| metric | type | unit | labels | says | series |
|---|---|---|---|---|---|
`

const notes = `
## How to read them

- **Several replicas.** Series of objects (` + "`crossvpc_objects`, `crossvpc_condition`" + ` and so on) come from the leader
  alone, so a sum is right. After a change of the leader the old series stay for up to 5 minutes in Prometheus: use
  ` + "`max by (kind, namespace, name)`" + `, as the alerts do.
- **Ages.** Times are given as seconds since 1970, as Prometheus recommends. The age of a condition is
  ` + "`time() - crossvpc_condition_transition_timestamp_seconds`" + `.
- **Objects that are gone.** Their series end with them.
- **Kinds** are ` + "`VPCPeering`, `PeeredCluster` and `AWSIdentity`" + `; the latter two have no namespace. **States** of
  objects are:

| state | says |
|---|---|
| ` + "`Ready`" + ` | Everything that applies was seen in place. |
| ` + "`Reconciling`" + ` | Work is in progress and continues without a person. |
| ` + "`Held`" + ` | Not Ready because somebody asked for it: paused, mode Plan, waiting for an approval or a window. Its condition Stalled may be True: kstatus has no other word for what is at rest. |
| ` + "`Unknown`" + ` | Not looked at yet, or it cannot be determined now. |
| ` + "`Stalled`" + ` | A person has to act. |
| ` + "`Deleting`" + ` | Being deleted, and not stalled. |

## Where errors count

A user's mistake, a missing permission or an AWS outage is a condition of the object that it concerns, not an error of
the program. So ` + "`controller_runtime_reconcile_total{result=\"error\"}`" + ` can stay 0 while four objects need a person: that
counter is for what no condition can say, such as an API server that refuses a write. What needs a person is

` + "```promql" + `
sum by (kind) (crossvpc_objects{state="Stalled"})
crossvpc_condition_info{type="Stalled"}   # each with its object and its reason; those at rest, too
` + "```" + `

and each reason has its cause and its cure in [reasons.md](reasons.md).

## What is not measured

Traffic of your pods: probe pods measure at each run, and how often is said in ` + "`spec.verification.intervalSeconds`" + `. Round-trip time, loss and
largest packet are theirs; [verification.md](verification.md#what-is-measured) says how each is determined.
`

func main() {
	var page strings.Builder
	page.WriteString(introduction)
	for _, m := range metrics.Table() {
		labels := "–"
		if len(m.Labels) > 0 {
			labels = "`" + strings.Join(m.Labels, "`, `") + "`"
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s | %s | %s |\n", m.Name, m.Type, m.Unit, labels, m.Help, m.Bound)
	}
	page.WriteString(notes)
	if err := os.WriteFile(target, []byte(page.String()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "metrics:", err)
		os.Exit(1)
	}
}
