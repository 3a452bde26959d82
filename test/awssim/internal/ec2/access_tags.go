package ec2

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// onTagged asks for each of the resources.
func onTagged(s *Service, c *sim.Call, in asked) []iam.Access {
	accesses := make([]iam.Access, 0, len(in.ResourceIDs))
	for _, id := range in.ResourceIDs {
		access := s.on(c, id)
		access.Context = access.Context.With(tagRequestContext(in.Tags))
		accesses = append(accesses, access)
	}
	return accesses
}

// makes is what a call asks for that makes resources of a kind with tags: to make them, and to tag them, which
// ec2:CreateAction tells from tagging what exists (docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html).
func (in taggedRequest) makes(c *sim.Call, kind string) []iam.Access {
	context := in.requestContext(kind)
	if context == nil {
		return nil
	}
	resource := c.ARN("ec2", kind+"/*")
	tagging := iam.Access{Action: "ec2:CreateTags", Resource: resource, Context: iam.Context{}.With(context)}
	tagging.Context.Set("ec2:CreateAction", c.Action)
	return []iam.Access{c.On(resource, context), tagging}
}

// requestContext are the tags that a kind of resource is made with, nil for none.
func (in taggedRequest) requestContext(kind string) iam.Context {
	var tags []tagPattern
	for _, specification := range in.Made {
		for _, t := range specification.Tags {
			if specification.ResourceType == kind {
				tags = append(tags, tagPattern{t.Key, &t.Value})
			}
		}
	}
	if len(tags) == 0 {
		return nil
	}
	return tagRequestContext(tags)
}

func tagRequestContext(tags []tagPattern) iam.Context {
	context := iam.Context{}
	var keys []string
	for _, t := range tags {
		keys = append(keys, t.Key)
		if t.Value != nil {
			context.Set("aws:RequestTag/"+t.Key, *t.Value)
		}
	}
	context.Set("aws:TagKeys", keys...)
	return context
}

// tagContext are the tags that the caller's account gave the resource.
func (s *Service) tagContext(c *sim.Call, id string) iam.Context {
	context, tags := iam.Context{}, map[string]string{}
	stored, _ := s.at(c.Place).tags.Get(id)
	for _, t := range stored {
		tags[t.Key] = t.Value
	}
	context.Tags("aws:ResourceTag", tags)
	context.Tags("ec2:ResourceTag", tags)
	return context
}

// vpcContext is the VPC that a route table or group is in.
func (s *Service) vpcContext(c *sim.Call, id string) iam.Context {
	here, vpc := s.at(c.Place), ""
	if t, there := here.routeTables.Get(id); there {
		vpc = t.vpc
	} else if g, there := here.groups.Get(id); there {
		vpc = g.vpc
	}
	if vpc == "" {
		return nil
	}
	context := iam.Context{}
	context.Set("ec2:Vpc", s.ownerOf(c.Place, vpc).ARN("ec2", "vpc/"+vpc))
	return context
}
