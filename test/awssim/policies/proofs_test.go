package policies

import (
	"errors"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
)

// ours are the tags of what crossvpc makes.
func ours(more ...string) map[string]string {
	tags := map[string]string{managedBy: installation, "Name": "crossvpc network/eu-us"}
	for i := 0; i < len(more); i += 2 {
		tags[more[i]] = more[i+1]
	}
	return tags
}

func theirs() map[string]string { return map[string]string{managedBy: "another", "Name": "theirs"} }

// refusals are the nearest calls that must be denied.
type refusals = map[string]func(*world) error

var proofs = merged(readProofs, ruleProofs, connectionProofs, nodeProofs, takeoverProofs)

func merged(all ...map[string]proof) map[string]proof {
	result := map[string]proof{}
	for _, some := range all {
		maps.Copy(result, some)
	}
	return result
}

var readProofs = map[string]proof{
	"Read": {
		func(w *world) error {
			_, err := w.me.ec2.DescribeVpcs(w.ctx, &ec2.DescribeVpcsInput{})
			_, ofVPC := w.me.ec2.DescribeVpcAttribute(w.ctx, &ec2.DescribeVpcAttributeInput{VpcId: &w.own, Attribute: types.VpcAttributeNameEnableDnsSupport})
			return errors.Join(err, ofVPC)
		},
		refusals{"to read instances": func(w *world) error {
			_, err := w.me.ec2.DescribeInstances(w.ctx, &ec2.DescribeInstancesInput{})
			return err
		}},
	},
	"ReadShared": {
		func(w *world) error {
			_, err := w.me.ec2.DescribeVpcs(w.ctx, &ec2.DescribeVpcsInput{VpcIds: []string{w.own}})
			_, groups := w.me.ec2.DescribeSecurityGroups(w.ctx, &ec2.DescribeSecurityGroupsInput{})
			return errors.Join(err, groups)
		},
		refusals{
			"to read connections, which are the owner's": func(w *world) error {
				_, err := w.me.ec2.DescribeVpcPeeringConnections(w.ctx, &ec2.DescribeVpcPeeringConnectionsInput{})
				return err
			},
			"to read instances": func(w *world) error {
				_, err := w.me.ec2.DescribeInstances(w.ctx, &ec2.DescribeInstancesInput{})
				return err
			},
		},
	},
	"ReachCluster": {
		func(w *world) error {
			w.cluster("prod")
			return errors.Join(w.describeCluster("prod"), w.describeEntry("prod"))
		},
		refusals{
			"another cluster": func(w *world) error {
				w.cluster("test")
				return w.describeCluster("test")
			},
			"another cluster's entries": func(w *world) error {
				w.cluster("test")
				return w.describeEntry("test")
			},
			"all clusters": func(w *world) error {
				_, err := w.me.eks.ListClusters(w.ctx, &eks.ListClustersInput{})
				return err
			},
		},
	},
	"ReadNodeGroups": {
		func(w *world) error {
			_, groups := w.me.autoscaling.DescribeAutoScalingGroups(w.ctx, &autoscaling.DescribeAutoScalingGroupsInput{})
			_, instances := w.me.autoscaling.DescribeAutoScalingInstances(w.ctx, &autoscaling.DescribeAutoScalingInstancesInput{})
			_, templates := w.me.ec2.DescribeLaunchTemplates(w.ctx, &ec2.DescribeLaunchTemplatesInput{})
			return errors.Join(groups, instances, templates)
		},
		refusals{"what groups did": func(w *world) error {
			_, err := w.me.autoscaling.DescribeScalingActivities(w.ctx, &autoscaling.DescribeScalingActivitiesInput{})
			return err
		}},
	},
}

var nodeProofs = map[string]proof{
	"Routes": {
		func(w *world) error {
			table, connection := w.table(w.own), w.connection(w.own, w.peer, nil)
			return errors.Join(w.route(table, connection), w.reroute(table, connection), w.unroute(table))
		},
		refusals{
			"a route of another VPC": func(w *world) error { return w.route(w.table(w.other), w.connection(w.other, w.peer, nil)) },
			"to replace one there": func(w *world) error {
				return w.reroute(w.table(w.other), w.connection(w.other, w.peer, nil))
			},
			"to delete one there":       func(w *world) error { return w.unroute(w.table(w.other)) },
			"a table that is not there": func(w *world) error { return w.unroute("rtb-0123456789abcdef0") },
		},
	},
	"ReplaceNodes": {
		func(w *world) error { return w.terminate(w.scalingGroup("prod")) },
		refusals{
			"a node of another cluster":     func(w *world) error { return w.terminate(w.scalingGroup("test")) },
			"an instance of no group":       func(w *world) error { return w.terminate("i-0123456789abcdef0") },
			"a group of the own cluster":    func(w *world) error { return w.dropGroup("prod") },
			"more instances for it, either": func(w *world) error { return w.resize("prod") },
		},
	},
}

func (w *world) route(table, connection string) error {
	_, err := w.me.ec2.CreateRoute(w.ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String("10.12.0.0/16"), VpcPeeringConnectionId: &connection})
	return err
}

func (w *world) reroute(table, connection string) error {
	_, err := w.me.ec2.ReplaceRoute(w.ctx, &ec2.ReplaceRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String("10.12.0.0/16"), VpcPeeringConnectionId: &connection})
	return err
}

func (w *world) unroute(table string) error {
	_, err := w.me.ec2.DeleteRoute(w.ctx, &ec2.DeleteRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String("10.12.0.0/16")})
	return err
}
