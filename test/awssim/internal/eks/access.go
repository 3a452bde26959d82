package eks

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// Accesses implements sim.Service: docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html.
func (s *Service) Accesses(c *sim.Call) ([]iam.Access, bool) {
	name := c.Parameters.Get("name")
	switch c.Action {
	case "ListClusters":
		return c.OnEverything(), true
	case "DescribeCluster":
		context := iam.Context{}
		if found, known := s.at(c.Place).Get(name); known {
			context.Tags("aws:ResourceTag", found.tags)
		}
		return []iam.Access{c.On(c.ARN("eks", "cluster/"+name), context)}, true
	case "DescribeAccessEntry":
		return []iam.Access{s.onEntry(c, name, c.Parameters.Get("principalArn"))}, true
	}
	return nil, false
}

// onEntry is access to an entry; the ARN of one that is not there ends where its id would begin.
func (s *Service) onEntry(c *sim.Call, cluster, principal string) iam.Access {
	context, arn := iam.Context{}, c.ARN("eks", "access-entry/"+cluster+"/*")
	if found, known := s.entriesAt(c.Place).Get(entryKey(cluster, principal)); known {
		arn = found.arn
		context.Tags("aws:ResourceTag", found.tags)
	}
	context.Set("eks:clusterName", cluster)
	context.Set("eks:principalArn", principal)
	return c.On(arn, context)
}
