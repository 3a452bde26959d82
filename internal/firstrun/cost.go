package firstrun

// cost is one line of what the first run makes, what AWS takes for it, and who says so.
type cost struct{ what, takes, source string }

// costs name no figure that AWS's price pages do not have by region and day; they say where to look.
var costs = []cost{
	{
		"The peering connection, its routes and group rules", "nothing",
		"https://aws.amazon.com/blogs/networking-and-content-delivery/demystifying-amazon-vpc-peering-charges",
	},
	{
		"Data between two regions", "per gigabyte that leaves a region; see the price page (\"Data Transfer\")",
		"https://aws.amazon.com/ec2/pricing/on-demand/",
	},
	{
		"Data between two zones of one region", "per gigabyte in each direction; within one zone nothing",
		"https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/vpc-peering.html",
	},
	{
		"Roles, access entry, Pod Identity association, API calls", "nothing: IAM and these parts of EKS have no charge of their own",
		"https://aws.amazon.com/iam/faqs/ and https://aws.amazon.com/eks/pricing/",
	},
	{
		"Two pods of crossvpc, 50m CPU and 64Mi each", "room on the hub's nodes; one instance-hour more only where the cluster must grow for it",
		"config/manager/manager.yaml",
	},
	{
		"Each node that is replaced (rollout.strategy ReplaceNodes, Karpenter)", "its successor runs beside it or after it for some minutes, at the instance's price",
		"https://aws.amazon.com/ec2/pricing/on-demand/",
	},
	{
		"Two EKS clusters that you already have", "nothing more; the test bed of config/testbed has its own README",
		"https://aws.amazon.com/eks/pricing/",
	},
}

// sayCosts says them before anything is made.
func (r *run) sayCosts() {
	r.title("What it costs")
	for _, c := range costs {
		r.say("  %s: %s.\n      source: %s", c.what, c.takes, c.source)
	}
}
