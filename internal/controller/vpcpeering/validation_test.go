package vpcpeering

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func valid(namespace string) *v1alpha1.VPCPeering {
	return &v1alpha1.VPCPeering{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "eu-us"},
		Spec: v1alpha1.VPCPeeringSpec{
			Requester: v1alpha1.VPCPeeringSide{Region: "eu-west-1", VPCID: "vpc-0123456789abcdef0"},
			Accepter:  v1alpha1.VPCPeeringSide{Region: "us-east-1", VPCID: "vpc-0123456789abcdef1"},
		},
	}
}

func validCluster(name string) *v1alpha1.PeeredCluster {
	return &v1alpha1.PeeredCluster{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       v1alpha1.PeeredClusterSpec{Access: v1alpha1.ClusterAccess{Local: &v1alpha1.LocalAccess{}}},
	}
}

func named(name string) *v1alpha1.LocalName { return &v1alpha1.LocalName{Name: name} }

func refs(names ...string) []v1alpha1.LocalName {
	list := make([]v1alpha1.LocalName, 0, len(names))
	for _, name := range names {
		list = append(list, v1alpha1.LocalName{Name: name})
	}
	return list
}

func adoptedRoutes(routes ...v1alpha1.AdoptedRoute) *v1alpha1.Adoption {
	return &v1alpha1.Adoption{Requester: v1alpha1.SideAdoption{Routes: routes}}
}

type tags = map[string]v1alpha1.TagValue

var refusedPeerings = map[string]struct {
	edit func(*v1alpha1.VPCPeeringSpec)
	part string
}{
	"one VPC on both sides": {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.VPCID = s.Requester.VPCID }, "must be two different VPCs"},
	"one cluster on both sides": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Requester.ClusterRefs, s.Accepter.ClusterRefs = refs("a", "b"), refs("b")
	}, "on one side only"},
	"a side without a place":  {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter = v1alpha1.VPCPeeringSide{} }, "must name its clusterRefs, or its region and vpcID"},
	"a side without a region": {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.Region = "" }, "must name its clusterRefs, or its region and vpcID"},
	"a region that is none":   {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.Region = "Virginia" }, "spec.accepter.region"},
	"a VPC id that is none":   {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.VPCID = "subnet-0123" }, "spec.accepter.vpcID"},
	"nine clusters": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.ClusterRefs = refs("a", "b", "c", "d", "e", "f", "g", "h", "i")
	}, "must have at most 8 items"},
	"a cluster twice":     {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.ClusterRefs = refs("a", "a") }, "Duplicate value"},
	"a name that is none": {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.IdentityRef = named("../x") }, "identityRef.name"},
	"an identity for groups without one for the side": {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.SecurityGroups.IdentityRef = named("team") }, "securityGroups.identityRef must come with the side's identityRef"},
	"Selected without tables":                         {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.Routes.Tables = "Selected" }, "tables: Selected must come with routeTableIDs or routeTableTags"},
	"tables without Selected":                         {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.Routes.RouteTableIDs = []string{"rtb-01234567"} }, "must be left out unless tables is Selected"},
	"a table id that is none": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.Routes = v1alpha1.SideRoutes{Tables: "Selected", RouteTableIDs: []string{"rtb-x"}}
	}, "routeTableIDs[0]"},
	"a selection that is none": {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.Routes.Tables = "Some" }, "Unsupported value"},
	"Selected without groups":  {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.SecurityGroups.Groups = "Selected" }, "groups: Selected must come with securityGroupIDs or securityGroupTags"},
	"groups without Selected":  {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.SecurityGroups.SecurityGroupTags = tags{"a": "b"} }, "must be left out unless groups is Selected"},
	"all groups":               {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.SecurityGroups.Groups = "All" }, "Unsupported value"},
	"a block with host bits":   {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.Routes.ExcludeCIDRs = []string{"10.1.2.3/16"} }, "must be canonical CIDRs"},
	"a block that is none":     {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.Routes.ExcludeCIDRs = []string{"10.1.0.0"} }, "must be canonical CIDRs"},
	"one port of two": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.SecurityGroups.Ingress = ingress("TCP", new(int32(443)), nil)
	}, "must be given together"},
	"ports the wrong way round": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.SecurityGroups.Ingress = ingress("TCP", new(int32(2)), new(int32(1)))
	}, "must not be greater than toPort"},
	"ports of ICMP": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.SecurityGroups.Ingress = ingress("ICMP", new(int32(1)), new(int32(2)))
	}, "ports must be left out unless"},
	"a port beyond the last": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.SecurityGroups.Ingress = ingress("TCP", new(int32(1)), new(int32(65536)))
	}, "should be less than or equal to 65535"},
	"a type of TCP": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: "TCP", ICMPType: new(int32(3))}}
	}, "icmpType must be left out unless protocol is ICMP or ICMPv6"},
	"a code without a type": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: "ICMP", ICMPCode: new(int32(4))}}
	}, "icmpCode must come with icmpType"},
	"a type beyond the last": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: "ICMPv6", ICMPType: new(int32(256))}}
	}, "should be less than or equal to 255"},
	"a protocol that is none":    {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.SecurityGroups.Ingress = ingress("SCTP", nil, nil) }, "Unsupported value"},
	"a tag of AWS":               {func(s *v1alpha1.VPCPeeringSpec) { s.Tags = tags{"aws:x": "y"} }, "must not begin with aws:"},
	"a tag of AWS in capitals":   {func(s *v1alpha1.VPCPeeringSpec) { s.Tags = tags{"AWS:x": "y"} }, "aws: is reserved in any case"},
	"a tag of AWS in any case":   {func(s *v1alpha1.VPCPeeringSpec) { s.Tags = tags{"aWs:x": "y"} }, "aws: is reserved in any case"},
	"a tag key that is too long": {func(s *v1alpha1.VPCPeeringSpec) { s.Tags = tags{strings.Repeat("k", 129): "y"} }, "tag keys must have 1 to 128 characters"},
	"a selecting key too long": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.Routes = v1alpha1.SideRoutes{Tables: "Selected", RouteTableTags: tags{strings.Repeat("k", 129): "y"}}
	}, "tag keys must have 1 to 128 characters"},
	"a tag of ours":                {func(s *v1alpha1.VPCPeeringSpec) { s.Tags = tags{v1alpha1.TagOwner: "y"} }, "must not begin with aws: or networking.crossvpc.io/"},
	"a tag that is too long":       {func(s *v1alpha1.VPCPeeringSpec) { s.Tags = tags{"a": v1alpha1.TagValue(strings.Repeat("x", 257))} }, "256"},
	"a policy that is none":        {func(s *v1alpha1.VPCPeeringSpec) { s.DeletionPolicy = "Retain" }, "Unsupported value"},
	"a mode that is none":          {func(s *v1alpha1.VPCPeeringSpec) { s.Mode = "DryRun" }, "Unsupported value"},
	"a DNS setting that is none":   {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.DNSResolution = "On" }, "Unsupported value"},
	"an adoption that is none":     {func(s *v1alpha1.VPCPeeringSpec) { s.AdoptionPolicy = "Always" }, "Unsupported value"},
	"nothing to adopt":             {func(s *v1alpha1.VPCPeeringSpec) { s.Adopt = &v1alpha1.Adoption{} }, "should have at least 1 properties"},
	"a connection id that is none": {func(s *v1alpha1.VPCPeeringSpec) { s.Adopt = &v1alpha1.Adoption{ConnectionID: "vpc-01234567"} }, "spec.adopt.connectionID"},
	"an adopted route with host bits": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Adopt = adoptedRoutes(v1alpha1.AdoptedRoute{RouteTableID: "rtb-01234567", Destination: "10.12.1.0/16"})
	}, "destination must be a canonical CIDR"},
	"an adopted route in no table": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Adopt = adoptedRoutes(v1alpha1.AdoptedRoute{RouteTableID: "subnet-01234567", Destination: "10.12.0.0/16"})
	}, "routes[0].routeTableID"},
	"an adopted route twice": {func(s *v1alpha1.VPCPeeringSpec) {
		route := v1alpha1.AdoptedRoute{RouteTableID: "rtb-01234567", Destination: "10.12.0.0/16"}
		s.Adopt = adoptedRoutes(route, route)
	}, "Duplicate value"},
	"an adopted rule id that is none": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Adopt = &v1alpha1.Adoption{Accepter: v1alpha1.SideAdoption{SecurityGroupRuleIDs: []string{"sg-01234567"}}}
	}, "securityGroupRuleIDs[0]"},
	"a policy for what ACK manages that is none": {func(s *v1alpha1.VPCPeeringSpec) { s.Accepter.Routes.ManagedElsewhere = "Fight" }, "Unsupported value"},
	"a table's tag key that is too long": {func(s *v1alpha1.VPCPeeringSpec) {
		s.Accepter.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableTags: tags{strings.Repeat("k", 129): "y"}}
	}, "1 to 128 characters"},
	"a conflict policy of no use": {func(s *v1alpha1.VPCPeeringSpec) { s.ConflictPolicy = "Overwrite" }, "Unsupported value"},
}

func ingress(protocol v1alpha1.Protocol, from, to *int32) []v1alpha1.IngressRule {
	return []v1alpha1.IngressRule{{Protocol: protocol, FromPort: from, ToPort: to}}
}

func TestTheAPIServerRefusesSpecsThatCannotWork(t *testing.T) {
	w := &world{t: t, kube: apiServer(t)}
	w.makeNamespace()
	for name, refused := range refusedPeerings {
		t.Run(name, func(t *testing.T) {
			object := valid(w.namespace)
			refused.edit(&object.Spec)
			wantsInvalid(t, w.kube.Create(t.Context(), object), refused.part)
		})
	}
	if err := w.kube.Create(t.Context(), valid(w.namespace)); err != nil {
		t.Errorf("what all of these were made of is refused: %v", err)
	}
	longest := valid(w.namespace)
	longest.Name = "longest"
	longest.Spec.Tags = tags{strings.Repeat("é", 128): v1alpha1.TagValue(strings.Repeat("é", 256)), "awsome": ""}
	longest.Spec.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: "ICMP", ICMPType: new(int32(3)), ICMPCode: new(int32(4))}, {Protocol: "ICMPv6", ICMPType: new(int32(2))}}
	if err := w.kube.Create(t.Context(), longest); err != nil {
		t.Errorf("the longest tags that AWS takes, counted in characters, are refused: %v", err)
	}
}

func wantsInvalid(t *testing.T, err error, part string) {
	t.Helper()
	if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), part) {
		t.Errorf("the API server says %v, want invalid with %q", err, part)
	}
}

func TestWhatIdentifiesASideIsImmutableAlsoByUnsettingItFirst(t *testing.T) {
	w := &world{t: t, kube: apiServer(t)}
	w.makeNamespace()
	object := valid(w.namespace)
	object.Spec.Requester.ClusterRefs, object.Spec.Requester.IdentityRef = refs("a"), named("a")
	object.Spec.Requester.SecurityGroups.IdentityRef = named("b")
	w.create(object)
	for name, change := range map[string]struct {
		edit func(*v1alpha1.VPCPeeringSide)
		part string
	}{
		"region changed":                  {func(s *v1alpha1.VPCPeeringSide) { s.Region = "eu-west-2" }, "region is immutable"},
		"region unset":                    {func(s *v1alpha1.VPCPeeringSide) { s.Region = "" }, "region is immutable"},
		"vpcID changed":                   {func(s *v1alpha1.VPCPeeringSide) { s.VPCID = "vpc-01234567" }, "vpcID is immutable"},
		"vpcID unset":                     {func(s *v1alpha1.VPCPeeringSide) { s.VPCID = "" }, "vpcID is immutable"},
		"identityRef of the groups unset": {func(s *v1alpha1.VPCPeeringSide) { s.SecurityGroups.IdentityRef = nil }, "identityRef must not be removed"},
		"identityRef unset":               {func(s *v1alpha1.VPCPeeringSide) { s.IdentityRef = nil }, "identityRef must not be removed"},
	} {
		t.Run(name, func(t *testing.T) {
			now := w.read(object)
			change.edit(&now.Spec.Requester)
			wantsInvalid(t, w.kube.Update(t.Context(), now), change.part)
		})
	}
}

// The API server takes these for date-times, and Go's types do not: the next list of all VPCPeerings would fail.
func TestAStatusThatNobodyCouldReadIsRefused(t *testing.T) {
	w := &world{t: t, kube: apiServer(t)}
	w.makeNamespace()
	object := valid(w.namespace)
	w.create(object)
	for _, at := range []string{`[]`, `"2026-11-30t12:00:00z"`, `"2026-11-30T12:00:00+99:99"`} {
		condition := `{"status":{"conditions":[{"type":"Ready","status":"True","reason":"A","message":"","lastTransitionTime":` + at + `}]}}`
		if err := w.kube.Status().Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(condition))); !apierrors.IsInvalid(err) {
			t.Errorf("lastTransitionTime %s: %v", at, err)
		}
	}
	w.read(object)
}

func TestTheAPIServerRefusesClustersAndIdentitiesThatCannotWork(t *testing.T) {
	w := &world{t: t, kube: apiServer(t)}
	w.makeNamespace()
	cluster := func(edit func(*v1alpha1.PeeredClusterSpec)) client.Object {
		object := validCluster("c-" + w.namespace)
		edit(&object.Spec)
		return object
	}
	identity := func(spec v1alpha1.AWSIdentitySpec) client.Object {
		return &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: "i-" + w.namespace}, Spec: spec}
	}
	const role = "arn:aws:iam::111111111111:role/crossvpc"
	for name, refused := range map[string]struct {
		object client.Object
		part   string
	}{
		"no access":                 {cluster(func(s *v1alpha1.PeeredClusterSpec) { s.Access.Local = nil }), "exactly one of the fields"},
		"two kinds of access":       {cluster(func(s *v1alpha1.PeeredClusterSpec) { s.Access.KubeConfigSecretRef = &v1alpha1.SecretName{Name: "a"} }), "exactly one of the fields"},
		"an IPv6 routing CIDR":      {cluster(func(s *v1alpha1.PeeredClusterSpec) { s.Cilium.NativeRoutingCIDR = "fd00::/8" }), "canonical IPv4 CIDR"},
		"a routing CIDR of all":     {cluster(func(s *v1alpha1.PeeredClusterSpec) { s.Cilium.NativeRoutingCIDR = "0.0.0.0/0" }), "/8 or longer"},
		"host bits":                 {cluster(func(s *v1alpha1.PeeredClusterSpec) { s.Cilium.AcknowledgedCIDRs = []string{"10.1.2.3/8"} }), "canonical IPv4 CIDRs"},
		"too many unavailable":      {cluster(func(s *v1alpha1.PeeredClusterSpec) { s.Rollout.MaxUnavailable = 101 }), "less than or equal to 100"},
		"too short a drain":         {cluster(func(s *v1alpha1.PeeredClusterSpec) { s.Rollout.DrainTimeoutSeconds = 1 }), "greater than or equal to 30"},
		"a role that is none":       {identity(v1alpha1.AWSIdentitySpec{RoleARN: "crossvpc"}), "spec.roleARN"},
		"a role of another account": {identity(v1alpha1.AWSIdentitySpec{RoleARN: role, AccountID: "222222222222"}), "accountID must be the account of roleARN"},
		"an account that is none":   {identity(v1alpha1.AWSIdentitySpec{AccountID: "1"}), "spec.accountID"},
		"only to leave behind":      {identity(v1alpha1.AWSIdentitySpec{DeletionPolicies: []v1alpha1.DeletionPolicy{v1alpha1.DeletionOrphan}}), "deletionPolicies must have Delete"},
		"a group tag without a key": {identity(v1alpha1.AWSIdentitySpec{AllowedSecurityGroupTags: tags{"": "a"}}), "tag keys must have 1 to 128 characters"},
		"a table tag too long":      {identity(v1alpha1.AWSIdentitySpec{AllowedRouteTableTags: tags{strings.Repeat("a", 129): "a"}}), "tag keys must have 1 to 128 characters"},
		"a namespace that is none":  {cluster(func(s *v1alpha1.PeeredClusterSpec) { s.Verification.Namespace = "Probes" }), "spec.verification.namespace"},
		"names and a selector":      {identity(v1alpha1.AWSIdentitySpec{AllowedNamespaces: v1alpha1.AllowedNamespaces{Names: []string{"a"}, Selector: &metav1.LabelSelector{}}}), "at most one of the fields"},
	} {
		t.Run(name, func(t *testing.T) { wantsInvalid(t, w.kube.Create(t.Context(), refused.object), refused.part) })
	}
	account := identity(v1alpha1.AWSIdentitySpec{RoleARN: role, AccountID: "111111111111"}).(*v1alpha1.AWSIdentity)
	w.create(account)
	account.Spec.RoleARN, account.Spec.AccountID = "", ""
	wantsInvalid(t, w.kube.Update(t.Context(), account), "accountID is immutable")
	without := client.RawPatch(types.MergePatchType, []byte(`{"spec":null}`))
	wantsInvalid(t, w.kube.Patch(t.Context(), account, without), "spec must not be removed")
	vpcs := valid(w.namespace)
	w.create(vpcs)
	wantsInvalid(t, w.kube.Patch(t.Context(), vpcs, without), "spec: Required value")
	wantsInvalid(t, w.kube.Patch(t.Context(), vpcs, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"requester":null}}`))), "spec.requester: Required value")
	local := validCluster("c-" + w.namespace)
	w.create(local)
	wantsInvalid(t, w.kube.Patch(t.Context(), local, without), "spec: Required value")
	long := valid(w.namespace)
	long.GenerateName, long.Name = "", strings.Repeat("a", 101)
	wantsInvalid(t, w.kube.Create(t.Context(), long), "metadata.name must have at most 100 characters")
}
