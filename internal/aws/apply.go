package aws

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// Outcome is what AWS answered to an action.
type Outcome struct {
	// ConnectionID and Connection are what CreateConnection and AcceptConnection
	// answered. AWS answers CreateConnection with an existing connection of the
	// same orientation too (terraform-provider-aws#27750), so nobody owns it until
	// a read has shown the owner tag.
	ConnectionID string
	Connection   *peering.Connection
	// RuleIDs are the rules that AuthorizeRules made. It may lack some: those that
	// were there, and with moto those of all but the last permission.
	RuleIDs map[peering.Ingress]string
	// Stale is true when AWS said that the action was already done, wholly or in
	// part: by whom is unknown, so observe before the next action.
	Stale bool
}

// errNoConnection says that an action was applied before the id was known.
var errNoConnection = errors.New("the id of the connection is not known yet")

// Apply carries out one action, through the identity of its side in its side's
// region. What was already done is no error but a Stale outcome; for all else
// see Classify. After an error the action may still have been carried out, so
// observe before trying it again.
func (c *Clients) Apply(ctx context.Context, id Identity, region string, a peering.Action) (Outcome, error) {
	out, err := apply(ctx, c.EC2(id, region), a)
	switch {
	case err == nil:
		return out, nil
	case Classify(err).Class == OK:
		out.Stale = true
		return out, nil
	default:
		return out, fmt.Errorf("trying to %s: %w", a, err)
	}
}

func apply(ctx context.Context, api *ec2.Client, action peering.Action) (Outcome, error) {
	switch a := action.(type) {
	case peering.CreateConnection:
		return createConnection(ctx, api, a)
	case peering.AcceptConnection:
		return acceptConnection(ctx, api, a)
	case peering.DeleteConnection:
		return Outcome{}, deleteConnection(ctx, api, a)
	case peering.AuthorizeRules:
		return authorizeRules(ctx, api, a)
	case peering.RevokeRules:
		return Outcome{}, revokeRules(ctx, api, a)
	case peering.CreateRoute:
		return Outcome{}, createRoute(ctx, api, a)
	case peering.ReplaceRoute:
		return Outcome{}, replaceRoute(ctx, api, a)
	case peering.DeleteRoute:
		return Outcome{}, deleteRoute(ctx, api, a)
	case peering.SetDNSResolution:
		return Outcome{}, setDNSResolution(ctx, api, a)
	default:
		return Outcome{}, applyTags(ctx, api, action)
	}
}

// applyTags carries out the actions that change nothing but tags.
func applyTags(ctx context.Context, api *ec2.Client, action peering.Action) error {
	switch a := action.(type) {
	case peering.TagConnection:
		return tagConnection(ctx, api, a)
	case peering.AdoptConnection:
		return createTags(ctx, api, []string{a.ID}, a.Tags)
	case peering.AdoptRules:
		return createTags(ctx, api, a.RuleIDs, a.Tags)
	case peering.HandOverRules:
		return createTags(ctx, api, a.RuleIDs, a.To.Tags)
	case peering.TagRules:
		return createTags(ctx, api, a.RuleIDs, a.Tags)
	case peering.Disown:
		return deleteTags(ctx, api, a.IDs, a.Keys)
	case peering.Untag:
		return deleteTags(ctx, api, a.IDs, a.Keys)
	default:
		return fmt.Errorf("unknown action %T", action)
	}
}

func createConnection(ctx context.Context, api *ec2.Client, a peering.CreateConnection) (Outcome, error) {
	out, err := api.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{
		VpcId:             awssdk.String(a.Sides.Requester.VPC),
		PeerVpcId:         awssdk.String(a.Sides.Accepter.VPC),
		PeerOwnerId:       awssdk.String(a.Sides.Accepter.Account),
		PeerRegion:        awssdk.String(a.Sides.Accepter.Region),
		TagSpecifications: tagSpecification(ec2types.ResourceTypeVpcPeeringConnection, a.Tags),
	})
	if err != nil {
		return Outcome{}, err
	}
	return connected(out.VpcPeeringConnection), nil
}

func acceptConnection(ctx context.Context, api *ec2.Client, a peering.AcceptConnection) (Outcome, error) {
	if a.ID == "" {
		return Outcome{}, errNoConnection
	}
	out, err := api.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: awssdk.String(a.ID)})
	if err != nil {
		return Outcome{}, err
	}
	return connected(out.VpcPeeringConnection), nil
}

func connected(answer *ec2types.VpcPeeringConnection) Outcome {
	if answer == nil {
		return Outcome{Stale: true}
	}
	connection := connectionOf(*answer)
	return Outcome{ConnectionID: connection.ID, Connection: &connection}
}

func tagConnection(ctx context.Context, api *ec2.Client, a peering.TagConnection) error {
	if a.ID == "" {
		return errNoConnection
	}
	return createTags(ctx, api, []string{a.ID}, a.Tags)
}

func deleteConnection(ctx context.Context, api *ec2.Client, a peering.DeleteConnection) error {
	if a.ID == "" {
		return errNoConnection
	}
	_, err := api.DeleteVpcPeeringConnection(ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: awssdk.String(a.ID)})
	return err
}

func createRoute(ctx context.Context, api *ec2.Client, a peering.CreateRoute) error {
	if a.ConnectionID == "" {
		return errNoConnection
	}
	v4, v6 := destination(a.Destination)
	_, err := api.CreateRoute(ctx, &ec2.CreateRouteInput{
		RouteTableId:             awssdk.String(a.RouteTableID),
		DestinationCidrBlock:     v4,
		DestinationIpv6CidrBlock: v6,
		VpcPeeringConnectionId:   awssdk.String(a.ConnectionID),
	})
	return err
}

func replaceRoute(ctx context.Context, api *ec2.Client, a peering.ReplaceRoute) error {
	if a.ConnectionID == "" {
		return errNoConnection
	}
	v4, v6 := destination(a.Destination)
	_, err := api.ReplaceRoute(ctx, &ec2.ReplaceRouteInput{
		RouteTableId:             awssdk.String(a.RouteTableID),
		DestinationCidrBlock:     v4,
		DestinationIpv6CidrBlock: v6,
		VpcPeeringConnectionId:   awssdk.String(a.ConnectionID),
	})
	return err
}

func deleteRoute(ctx context.Context, api *ec2.Client, a peering.DeleteRoute) error {
	v4, v6 := destination(a.Destination)
	_, err := api.DeleteRoute(ctx, &ec2.DeleteRouteInput{
		RouteTableId:             awssdk.String(a.RouteTableID),
		DestinationCidrBlock:     v4,
		DestinationIpv6CidrBlock: v6,
	})
	return err
}

// destination goes into one of two fields; the other stays nil.
func destination(p netip.Prefix) (v4, v6 *string) {
	if p.Addr().Is4() {
		return awssdk.String(p.String()), nil
	}
	return nil, awssdk.String(p.String())
}

// setDNSResolution sends the one field of its own VPC's end. The other end's field
// is refused across accounts, and the ClassicLink fields across regions, even
// when false (terraform-provider-aws#3676, #6730).
func setDNSResolution(ctx context.Context, api *ec2.Client, a peering.SetDNSResolution) error {
	if a.ConnectionID == "" {
		return errNoConnection
	}
	options := &ec2types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: awssdk.Bool(a.Enabled)}
	input := &ec2.ModifyVpcPeeringConnectionOptionsInput{VpcPeeringConnectionId: awssdk.String(a.ConnectionID)}
	*peering.Pick(a.End, &input.RequesterPeeringConnectionOptions, &input.AccepterPeeringConnectionOptions) = options
	_, err := api.ModifyVpcPeeringConnectionOptions(ctx, input)
	return err
}
