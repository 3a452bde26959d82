package policies

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

var connectionProofs = map[string]proof{
	"RequestFromVPC": {
		newConnection,
		refusals{"from another VPC": func(w *world) error { return w.request(w.other, w.peer, ours()) }},
	},
	"RequestToVPC": {
		newConnection,
		refusals{
			"to another VPC":                      func(w *world) error { return w.request(w.own, w.stranger, ours()) },
			"without tags":                        func(w *world) error { return w.request(w.own, w.peer, nil) },
			"in the name of another installation": func(w *world) error { return w.request(w.own, w.peer, theirs()) },
		},
	},
	"TagNewConnection": {
		newConnection,
		refusals{"to mark a connection that somebody requested": func(w *world) error {
			return tag(w.ctx, w.me, w.connection(w.own, w.stranger, nil), ours())
		}},
	},
	"AcceptIntoVPC": {
		func(w *world) error { return w.accept(w.pending(w.peer, w.own)) },
		refusals{"into another VPC": func(w *world) error { return w.accept(w.pending(w.peer, w.other)) }},
	},
	"AcceptFromVPC": {
		func(w *world) error { return w.accept(w.pending(w.peer, w.own)) },
		refusals{
			"from another VPC":          func(w *world) error { return w.accept(w.pending(w.stranger, w.own)) },
			"to reject":                 func(w *world) error { return w.reject(w.pending(w.peer, w.own)) },
			"what cannot be seen there": func(w *world) error { return w.accept("pcx-0123456789abcdef0") },
		},
	},
	"TagAcceptedConnection": {
		func(w *world) error { return tag(w.ctx, w.me, w.connectionFrom(w.peer, w.own, nil), ours()) },
		refusals{
			"a connection of another VPC": func(w *world) error { return tag(w.ctx, w.me, w.connectionFrom(w.peer, w.other, nil), ours()) },
			"one with another peer":       func(w *world) error { return tag(w.ctx, w.me, w.connectionFrom(w.stranger, w.own, nil), ours()) },
			"in the name of another installation": func(w *world) error {
				return tag(w.ctx, w.me, w.connectionFrom(w.peer, w.own, nil), theirs())
			},
			"to take its tags": func(w *world) error {
				return untag(w.ctx, w.me, w.connectionFrom(w.peer, w.own, theirs()), "Name")
			},
		},
	},
	"OwnConnection": {
		func(w *world) error {
			asked := w.connection(w.own, w.peer, ours("old", "1"))
			err := errors.Join(tag(w.ctx, w.me, asked, map[string]string{"team": "network"}), untag(w.ctx, w.me, asked, "old"), w.delete(asked))
			if err != nil {
				return err
			}
			return w.delete(w.connectionFrom(w.peer, w.own, ours()))
		},
		refusals{
			"somebody's connection of the pair":      func(w *world) error { return w.delete(w.connection(w.own, w.peer, nil)) },
			"somebody's that the peer requested":     func(w *world) error { return w.delete(w.connectionFrom(w.peer, w.own, nil)) },
			"one of another installation":            func(w *world) error { return w.delete(w.connection(w.own, w.peer, theirs())) },
			"ours of another VPC":                    func(w *world) error { return w.delete(w.connection(w.other, w.peer, ours())) },
			"ours with another peer":                 func(w *world) error { return w.delete(w.connection(w.own, w.stranger, ours())) },
			"ours that another peer requested":       func(w *world) error { return w.delete(w.connectionFrom(w.stranger, w.own, ours())) },
			"to take the tags of somebody's":         func(w *world) error { return untag(w.ctx, w.me, w.connection(w.own, w.peer, theirs()), "Name") },
			"to mark somebody's of another VPC ours": func(w *world) error { return tag(w.ctx, w.me, w.connection(w.other, w.peer, nil), ours()) },
		},
	},
	"ConnectionOptions": {
		func(w *world) error {
			err := w.resolve(w.connection(w.own, w.peer, nil), true)
			w.ok(w.drop(w.own, w.peer))
			return errors.Join(err, w.resolve(w.connectionFrom(w.peer, w.own, nil), false))
		},
		refusals{
			"a connection of another VPC": func(w *world) error { return w.resolve(w.connection(w.other, w.peer, nil), true) },
			"one with another peer":       func(w *world) error { return w.resolve(w.connectionFrom(w.stranger, w.own, nil), false) },
		},
	},
}

var takeoverProofs = map[string]proof{
	"AdoptConnection": {
		func(w *world) error {
			connection := w.connection(w.own, w.peer, nil)
			return errors.Join(tag(w.ctx, w.me, connection, ours()), untag(w.ctx, w.me, connection, managedBy))
		},
		refusals{
			"a connection of another VPC":         func(w *world) error { return tag(w.ctx, w.me, w.connectionFrom(w.peer, w.other, nil), ours()) },
			"one with another peer":               func(w *world) error { return tag(w.ctx, w.me, w.connection(w.own, w.stranger, nil), ours()) },
			"in the name of another installation": func(w *world) error { return tag(w.ctx, w.me, w.connection(w.own, w.peer, nil), theirs()) },
			"to take tags of somebody's":          func(w *world) error { return untag(w.ctx, w.me, w.connection(w.own, w.peer, theirs()), "Name") },
		},
	},
	"AdoptGroupRules": {
		func(w *world) error { return tag(w.ctx, w.me, w.rule(w.own, nil), ours(peerVPC, w.peer)) },
		refusals{
			"for another peer": func(w *world) error { return tag(w.ctx, w.me, w.rule(w.own, nil), ours(peerVPC, w.stranger)) },
			"in the name of another installation": func(w *world) error {
				return tag(w.ctx, w.me, w.rule(w.own, nil), map[string]string{managedBy: "another", peerVPC: w.peer})
			},
		},
	},
}

func newConnection(w *world) error { return w.request(w.own, w.peer, ours()) }

func (w *world) request(from, to string, tags map[string]string) error {
	_, err := request(w.ctx, w.me, from, to, w.peerPlace, tags)
	return err
}

func (w *world) accept(id string) error {
	_, err := w.me.ec2.AcceptVpcPeeringConnection(w.ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
	return err
}

func (w *world) reject(id string) error {
	_, err := w.me.ec2.RejectVpcPeeringConnection(w.ctx, &ec2.RejectVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
	return err
}

func (w *world) delete(id string) error {
	_, err := w.me.ec2.DeleteVpcPeeringConnection(w.ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
	return err
}

// drop deletes the connection of a pair, as its owner.
func (w *world) drop(from, to string) error {
	out, err := w.owner.ec2.DescribeVpcPeeringConnections(w.ctx, &ec2.DescribeVpcPeeringConnectionsInput{Filters: []types.Filter{
		{Name: aws.String("requester-vpc-info.vpc-id"), Values: []string{from}}, {Name: aws.String("accepter-vpc-info.vpc-id"), Values: []string{to}},
	}})
	w.ok(err)
	_, err = w.owner.ec2.DeleteVpcPeeringConnection(w.ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: out.VpcPeeringConnections[0].VpcPeeringConnectionId})
	return err
}

// resolve sets the DNS option of the role's own end.
func (w *world) resolve(id string, requested bool) error {
	options, in := &types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: aws.Bool(false)}, &ec2.ModifyVpcPeeringConnectionOptionsInput{VpcPeeringConnectionId: &id}
	if requested {
		in.RequesterPeeringConnectionOptions = options
	} else {
		in.AccepterPeeringConnectionOptions = options
	}
	_, err := w.me.ec2.ModifyVpcPeeringConnectionOptions(w.ctx, in)
	return err
}
