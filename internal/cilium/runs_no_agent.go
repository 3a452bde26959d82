package cilium

// computeType is the label by which EKS says what a node is (https://docs.aws.amazon.com/eks/latest/userguide/fargate.html; docs/rollouts.md).
const computeType = "eks.amazonaws.com/compute-type"

// RunsNoAgent reports whether a node with these labels is one that the cluster's own Cilium does not run on: Fargate,
// nodes of EKS Auto Mode, and hybrid nodes, which are outside the VPC.
func RunsNoAgent(labels map[string]string) bool {
	switch labels[computeType] {
	case "fargate", "auto", "hybrid":
		return true
	default:
		return false
	}
}
