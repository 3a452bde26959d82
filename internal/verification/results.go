package verification

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/probe"
)

// end is one end of an attempt: a pod, where it is, and on which interface.
type end struct {
	role      peering.Role
	cluster   string
	node      string
	address   string
	iface     int
	nodeAddrs []string
}

func (e end) String() string {
	on := ""
	if e.iface != unknownInterface {
		on = fmt.Sprintf(" on interface %d", e.iface)
	}
	return fmt.Sprintf("%s/%s (%s%s)", e.cluster, e.node, e.address, on)
}

// attempt is one dial of one pod.
type attempt struct {
	from, to end
	probe.Dial
}

// attempts are all that the dialers report, and findings about dialers that don't.
func (r Run) attempts() ([]attempt, []v1alpha1.Finding) {
	var attempts []attempt
	var findings []v1alpha1.Finding
	for _, cluster := range r.Clusters {
		for _, pod := range cluster.of(modeDial) {
			report, err := reportOf(pod)
			switch {
			case !over(pod):
				continue // notRunning says why
			case err != nil:
				findings = append(findings, finding(v1alpha1.ProbeNoReport, "Cluster %s, node %s: A probe pod ended without a result: %s.", cluster.Name, nodeOf(pod), err))
			}
			for _, dial := range report.Dials {
				from := r.end(cluster, pod, cmp.Or(dial.Own, pod.Status.PodIP))
				if !cluster.excludes(from.address) {
					attempts = append(attempts, attempt{from, r.endAt(cluster.Role.Other(), dial.Peer), dial})
				}
			}
		}
	}
	return attempts, findings
}

// reportOf reads a pod's termination message.
func reportOf(pod corev1.Pod) (probe.Report, error) {
	for _, status := range pod.Status.ContainerStatuses {
		terminated := status.State.Terminated
		switch {
		case terminated == nil:
			continue
		case strings.TrimSpace(terminated.Message) == "":
			return probe.Report{}, fmt.Errorf("exit code %d, %s", terminated.ExitCode, cmp.Or(terminated.Reason, "no message"))
		}
		report, err := probe.Read(terminated.Message)
		if err == nil && report.Error != "" {
			err = errors.New(report.Error)
		}
		return report, err
	}
	return probe.Report{}, fmt.Errorf("%s %s", cmp.Or(pod.Status.Reason, "its container never ran"), pod.Status.Message)
}

func (r Run) end(cluster Cluster, pod corev1.Pod, address string) end {
	node := nodeOf(pod)
	return end{
		role: cluster.Role, cluster: cluster.Name, node: node, address: address,
		iface: interfaceOf(cluster.Interfaces, address), nodeAddrs: cluster.addressesOf(node),
	}
}

// endAt finds the server that was dialled.
func (r Run) endAt(role peering.Role, peer string) end {
	address, _ := netip.ParseAddrPort(peer)
	for _, cluster := range r.Clusters {
		for _, pod := range cluster.of(modeServe) {
			if cluster.Role == role && pod.Status.PodIP == address.Addr().String() {
				return r.end(cluster, pod, pod.Status.PodIP)
			}
		}
	}
	return end{role: role, cluster: string(role), node: "?", address: address.Addr().String(), iface: unknownInterface}
}

func (c Cluster) addressesOf(node string) []string {
	var addresses []string
	for _, known := range c.Nodes {
		if known.Name == node {
			for _, address := range known.Status.Addresses {
				addresses = append(addresses, address.Address)
			}
		}
	}
	return addresses
}

// direction counts the attempts from one side.
func direction(attempts []attempt, from peering.Role) (tried, got int) {
	for _, a := range attempts {
		if a.from.role == from {
			tried++
			got += rank(a)
		}
	}
	return tried, got
}

// primaryOnly names the clusters none of whose pods, on either end of any attempt, had
// an address on a secondary interface; where interfaces are not known, none is named.
func (r Run) primaryOnly(attempts []attempt) []v1alpha1.Finding {
	var findings []v1alpha1.Finding
	for _, cluster := range r.Clusters {
		known, secondary := false, false
		for _, a := range attempts {
			for _, e := range []end{a.from, a.to} {
				if e.cluster == cluster.Name && e.role == cluster.Role {
					known = known || e.iface != unknownInterface
					secondary = secondary || e.iface > 0
				}
			}
		}
		if known && !secondary {
			findings = append(findings, finding(v1alpha1.ProbePrimaryInterface,
				"Cluster %s: No probe pod got an address on a secondary interface, where the routing problem shows. The next run takes other nodes.", cluster.Name))
		}
	}
	return findings
}

// mostResults is what status takes.
const mostResults = 16

// results are the attempts for status, those that failed first.
func results(attempts []attempt, message func(attempt) string) []v1alpha1.ProbeResult {
	sorted := slices.Clone(attempts)
	slices.SortStableFunc(sorted, func(a, b attempt) int { return rank(a) - rank(b) })
	var shown []v1alpha1.ProbeResult
	for _, a := range sorted[:min(len(sorted), mostResults)] {
		result := v1alpha1.ProbeResult{From: a.from.String(), To: a.to.String(), Passed: a.Outcome == probe.Passed}
		if !result.Passed {
			result.Reason = reasonOf(a.Outcome)
			result.Message = finding(result.Reason, "%s", message(a)).Message
		}
		shown = append(shown, result)
	}
	return shown
}

// rank is 1 for an attempt that passed, 0 for one that did not.
func rank(a attempt) int {
	if a.Outcome == probe.Passed {
		return 1
	}
	return 0
}

// reasonOf is the API's reason for an outcome.
func reasonOf(outcome probe.Outcome) string {
	reason, known := map[probe.Outcome]string{
		probe.Refused: v1alpha1.ProbeRefused, probe.ConnectTimeout: v1alpha1.ProbeConnectTimeout, probe.Unreachable: v1alpha1.ProbeUnreachable,
		probe.NoAnswer: v1alpha1.ProbeNoAnswer, probe.UploadStalled: v1alpha1.ProbePathMTU, probe.DownloadStalled: v1alpha1.ProbePathMTU,
		probe.Masqueraded: v1alpha1.ProbeMasqueraded, probe.Reset: v1alpha1.ProbeReset, probe.WrongServer: v1alpha1.ProbeWrongServer,
	}[outcome]
	if !known {
		return v1alpha1.ProbeNoReport
	}
	return reason
}
