package aws

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/crossvpc/crossvpc/internal/peering"
)

const aclsBody = `<DescribeNetworkAclsResponse><networkAclSet><item><networkAclId>acl-1</networkAclId><vpcId>vpc-0</vpcId><default>true</default>
<associationSet><item><networkAclAssociationId>aclassoc-1</networkAclAssociationId><networkAclId>acl-1</networkAclId><subnetId>subnet-1</subnetId></item></associationSet>
<entrySet>
<item><ruleNumber>100</ruleNumber><protocol>6</protocol><ruleAction>allow</ruleAction><egress>true</egress><cidrBlock>10.12.0.0/16</cidrBlock><portRange><from>1024</from><to>65535</to></portRange></item>
<item><ruleNumber>110</ruleNumber><protocol>1</protocol><ruleAction>allow</ruleAction><egress>false</egress><cidrBlock>0.0.0.0/0</cidrBlock><icmpTypeCode><type>3</type><code>4</code></icmpTypeCode></item>
<item><ruleNumber>32768</ruleNumber><protocol>-1</protocol><ruleAction>deny</ruleAction><egress>false</egress><ipv6CidrBlock>::/0</ipv6CidrBlock></item>
</entrySet></item></networkAclSet></DescribeNetworkAclsResponse>`

func TestNetworkACLsAreReadInCanonicalTerms(t *testing.T) {
	server := startedEndpoint(t)
	server.answer("DescribeNetworkAcls", aclsBody)
	got, err := NewClients(server.configuration()).Reader(Identity{}, "eu-west-1").NetworkACLs(t.Context(), "vpc-0", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want := []peering.NetworkACL{{ID: "acl-1", VPC: "vpc-0", Subnets: []string{"subnet-1"}, Entries: []peering.ACLEntry{
		{Number: 100, Egress: true, Allow: true, Block: netip.MustParsePrefix("10.12.0.0/16"), Protocol: "6", FromPort: 1024, ToPort: 65535, ICMPType: -1, ICMPCode: -1},
		{Number: 110, Allow: true, Block: netip.MustParsePrefix("0.0.0.0/0"), Protocol: "1", FromPort: -1, ToPort: -1, ICMPType: 3, ICMPCode: 4},
		{Number: 32768, Block: netip.MustParsePrefix("::/0"), Protocol: "-1", FromPort: -1, ToPort: -1, ICMPType: -1, ICMPCode: -1},
	}}}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNetworkACLsOfAllAreOneCallADenialToo(t *testing.T) {
	for _, refused := range []bool{false, true} {
		server := startedEndpoint(t)
		if refused {
			server.refuse("DescribeNetworkAcls", "UnauthorizedOperation", "no")
		}
		now := clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0))
		r := NewClients(server.configuration(), WithClock(now)).Reader(Identity{}, "eu-west-1")
		for i := range 20 {
			r.Want(queryOf(i, now.Now()))
		}
		for range 4 {
			var group sync.WaitGroup
			for i := range 20 {
				group.Go(func() {
					acls, err := r.NetworkACLs(t.Context(), queryOf(i, now.Now()).VPC, now.Now().Add(-TopologyTTL))
					if refused != (err != nil && Classify(err).Denied) || refused != (acls == nil) {
						t.Errorf("it gives %v, %v", acls, err)
					}
				})
			}
			group.Wait()
			now.Step(time.Minute)
		}
		if calls := server.actions(); calls["DescribeNetworkAcls"] != 1 {
			t.Errorf("refused %v: four sweeps of twenty peerings made %v", refused, calls)
		}
		now.Step(TopologyTTL)
		_, _ = r.NetworkACLs(t.Context(), "vpc-0", now.Now().Add(-TopologyTTL))
		if calls := server.actions(); calls["DescribeNetworkAcls"] != 2 {
			t.Errorf("refused %v: once it is old it is read %d times", refused, calls["DescribeNetworkAcls"])
		}
	}
}
