package metrics

var (
	buildInfo = Metric{
		Name: "crossvpc_build_info", Type: Gauge, Unit: "always 1", Labels: []string{"version", "goversion"},
		Help:  "Always 1; the labels say which version of crossvpc runs and which version of Go built it.",
		Bound: "1 for each replica",
	}
	leader = Metric{
		Name: "crossvpc_leader", Type: Gauge, Unit: "0 or 1",
		Help:  "1 while this replica is the one that acts, else 0.",
		Bound: "1 for each replica",
	}
	objects = Metric{
		Name: "crossvpc_objects", Type: Gauge, Unit: "objects", Labels: []string{"kind", "state"},
		Help:  "How many objects of a kind are in a state. Those that are Stalled need a person.",
		Bound: "3 kinds x 6 states",
	}
	condition = Metric{
		Name: "crossvpc_condition", Type: Gauge, Unit: "0 or 1", Labels: []string{"kind", "namespace", "name", "type", "status"},
		Help:  "1 for the status that the condition of an object has (True, False or Unknown), 0 for the other two.",
		Bound: "3 for each condition; an object has at most 13",
	}
	conditionInfo = Metric{
		Name: "crossvpc_condition_info", Type: Gauge, Unit: "always 1", Labels: []string{"kind", "namespace", "name", "type", "reason"},
		Help:  "Always 1; the label reason says why the condition of an object is as it is.",
		Bound: "1 for each condition",
	}
	conditionSince = Metric{
		Name: "crossvpc_condition_transition_timestamp_seconds", Type: Gauge, Unit: "seconds since 1970", Labels: []string{"kind", "namespace", "name", "type"},
		Help:  "When the status of a condition last changed. Its age is time() less this.",
		Bound: "1 for each condition",
	}
	lastSuccess = Metric{
		Name: "crossvpc_last_success_timestamp_seconds", Type: Gauge, Unit: "seconds since 1970", Labels: []string{"kind", "namespace", "name"},
		Help:  "When the object was last looked at to the end and found Ready; after a restart, and until then, when its Ready last changed.",
		Bound: "1 for each object",
	}
	lastLook = Metric{
		Name: "crossvpc_last_reconciliation_timestamp_seconds", Type: Gauge, Unit: "seconds since 1970", Labels: []string{"kind", "namespace", "name"},
		Help:  "When a reconciliation of the object last got to its end, whatever it found. Left out until this manager has looked at it.",
		Bound: "1 for each object",
	}
	nextLook = Metric{
		Name: "crossvpc_reconciliation_due_timestamp_seconds", Type: Gauge, Unit: "seconds since 1970", Labels: []string{"kind", "namespace", "name"},
		Help:  "When the object is to be looked at next; in the past: it is late. Left out where only a change brings a look, as when it is paused.",
		Bound: "1 for each object",
	}
	connections = Metric{
		Name: "crossvpc_peering_connections", Type: Gauge, Unit: "VPCPeerings", Labels: []string{"state"},
		Help:  "How many VPCPeerings have a connection in a state, which is the reason of their condition PeeringActive.",
		Bound: "1 for each reason of PeeringActive that occurs",
	}
	nodes = Metric{
		Name: "crossvpc_nodes", Type: Gauge, Unit: "nodes", Labels: []string{"cluster", "state"},
		Help:  "How many nodes of a PeeredCluster are in a state. Split nodes are stale, too; in progress and blocked nodes may be.",
		Bound: "6 for each PeeredCluster",
	}
	probeResults = Metric{
		Name: "crossvpc_probe_results", Type: Gauge, Unit: "probes", Labels: []string{"namespace", "name", "result"},
		Help:  "How many probes of the last run of probe pods passed or failed.",
		Bound: "2 for each VPCPeering with verification",
	}
	probeRun = Metric{
		Name: "crossvpc_probe_last_run_timestamp_seconds", Type: Gauge, Unit: "seconds since 1970", Labels: []string{"namespace", "name"},
		Help:  "When the last run of probe pods ended.",
		Bound: "1 for each VPCPeering with verification",
	}
	probeConnect = Metric{
		Name: "crossvpc_probe_connect_median_seconds", Type: Gauge, Unit: "seconds", Labels: []string{"namespace", "name", "from", "to"},
		Help:  "How long a TCP connection between pods took to open in the last run of probe pods, which is one round trip, by the two PeeredClusters.",
		Bound: "1 for each direction between two clusters of a VPCPeering with verification, at most 32",
	}
	probeLoss = Metric{
		Name: "crossvpc_probe_lost_ratio", Type: Gauge, Unit: "0 to 1", Labels: []string{"namespace", "name", "from", "to"},
		Help:  "Which part of the attempts to connect lost a packet in the last run of probe pods, there or back.",
		Bound: "1 for each direction, as above",
	}
	probePacket = Metric{
		Name: "crossvpc_probe_largest_packet_bytes", Type: Gauge, Unit: "bytes", Labels: []string{"namespace", "name", "from", "to"},
		Help:  "The largest IP packet that all probes of a direction sent while 64 KiB passed in the last run.",
		Bound: "1 for each direction, as above",
	}
	driftRepaired = Metric{
		Name: "crossvpc_drift_repaired_total", Type: Counter, Unit: "writes to AWS", Labels: []string{"kind"},
		Help:  "Writes that put back what somebody else had removed or changed, by the kind of thing.",
		Bound: "1 for each of 2 kinds",
	}
	snapshotTaken = Metric{
		Name: "crossvpc_snapshot_timestamp_seconds", Type: Gauge, Unit: "seconds since 1970", Labels: []string{"identity", "account", "region", "kind"},
		Help:  "When things of a kind were last read from AWS for the peerings at work there. The age of the snapshot is time() less this.",
		Bound: "4 for each AWSIdentity and region in use",
	}
	awsRequests = Metric{
		Name: "crossvpc_aws_requests_total", Type: Counter, Unit: "requests", Labels: []string{"service", "operation", "region", "account", "code"},
		Help:  "Requests sent to AWS, retries included, by AWS's error code: OK, or NoAnswer where none came.",
		Bound: "some 40 operations x regions x accounts x codes that occur",
	}
	awsThrottles = Metric{
		Name: "crossvpc_aws_throttles_total", Type: Counter, Unit: "requests", Labels: []string{"service", "operation", "region", "account"},
		Help:  "Requests that AWS refused because there were too many.",
		Bound: "some 40 operations x regions x accounts",
	}
	awsDuration = Metric{
		Name: "crossvpc_aws_request_duration_seconds", Type: Histogram, Unit: "seconds", Labels: []string{"service", "operation", "region", "account"},
		Help:  "How long requests to AWS took, without the wait for our own limit.",
		Bound: "12 for each operation, region and account",
	}
)

// Table lists every metric of crossvpc in the order of the documentation.
func Table() []Metric {
	return []Metric{
		buildInfo, leader,
		objects, condition, conditionInfo, conditionSince, lastSuccess, lastLook, nextLook,
		connections, probeResults, probeRun, probeConnect, probeLoss, probePacket, driftRepaired,
		nodes,
		snapshotTaken, awsRequests, awsThrottles, awsDuration,
	}
}
