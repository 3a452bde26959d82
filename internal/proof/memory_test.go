package proof

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	rightTags = tagsOf("i-a", "kubernetes.io/cluster/eu=owned", "i-b", "kubernetes.io/cluster/eu=owned")
	claimA    = claimOf("a", "i-a", "eni-a", "subnet-1", "sg-1")
	claimB    = claimOf("b", "i-b", "eni-b", "subnet-2", "sg-2")
	factA     = fact("i-a", "eni-a", "subnet-1", "sg-1")
	factB     = fact("i-b", "eni-b", "subnet-2", "sg-2")
)

// learn asks for what the ledger wants to know and tells it what EC2 says.
func learn(l *Ledger, claims []InterfaceClaim, said EC2, now time.Time) []string {
	asked := l.Ask(claims, now)
	l.Learn(claims, asked, nodeA, nil, said, now)
	return asked
}

func TestWhatLacksATagAloneIsToldFromWhatEC2Contradicts(t *testing.T) {
	everything := func(Interface) bool { return true }
	for name, test := range map[string]struct {
		claim InterfaceClaim
		said  EC2
		want  bool
	}{
		"no tag on the instance":          {claimA, ec2(tagsOf(), factA), true},
		"tags of the cluster":             {claimA, ec2(rightTags, factA), false},
		"tags of another cluster":         {claimA, ec2(tagsOf("i-a", "kubernetes.io/cluster/us=owned"), factA), false},
		"tags that could not be read":     {claimA, ec2(nil, fact("i-b", "eni-a", "subnet-1", "sg-1")), false},
		"no tag, and on another instance": {claimA, ec2(tagsOf(), fact("i-b", "eni-a", "subnet-1", "sg-1")), false},
		"no tag, and in another subnet":   {claimA, ec2(tagsOf(), fact("i-a", "eni-a", "subnet-9", "sg-1")), false},
		"no tag, and with another group":  {claimA, ec2(tagsOf(), fact("i-a", "eni-a", "subnet-1", "sg-9")), false},
		"one that EC2 does not show":      {claimA, ec2(tagsOf()), false},
	} {
		var ledger Ledger
		learn(&ledger, []InterfaceClaim{test.claim}, test.said, start)
		out := ledger.Judge([]InterfaceClaim{test.claim}, start)
		if got := out.Untagged([]InterfaceClaim{test.claim}, everything); got != test.want {
			t.Errorf("%s: it lacks a tag alone: %t, %v", name, got, out.Contradictions)
		}
		if out.Untagged([]InterfaceClaim{test.claim}, func(Interface) bool { return false }) {
			t.Errorf("%s: of what was not asked for", name)
		}
	}
	var ledger Ledger
	both := []InterfaceClaim{claimA, claimB}
	learn(&ledger, both, ec2(tagsOf("i-b", "kubernetes.io/cluster/eu=owned"), factA, factB), start)
	out := ledger.Judge(both, start)
	if !out.Untagged(both, everything) || out.Untagged(both, func(i Interface) bool { return i.ID == "eni-b" }) {
		t.Error("of two it is the first that lacks a tag")
	}
}

func TestEC2IsAskedAgainWhenAnAnswerIsOldAndNotBefore(t *testing.T) {
	claims := []InterfaceClaim{claimA}
	lie := ec2(rightTags, fact("i-b", "eni-a", "subnet-1", "sg-1"))
	for name, test := range map[string]struct {
		said  EC2
		after time.Duration
	}{"confirmed": {ec2(rightTags, factA), ConfirmedFor}, "contradicted": {lie, refutedFor}, "not shown": {ec2(rightTags), unseenFor}} {
		var ledger Ledger
		learn(&ledger, claims, test.said, start)
		if out := ledger.Judge(claims, start); out.AskIn != test.after {
			t.Errorf("%s: it is asked in %s, want %s", name, out.AskIn, test.after)
		}
		if asked := ledger.Ask(claims, start.Add(test.after-1)); len(asked) != 0 {
			t.Errorf("%s: it asks for %v too early", name, asked)
		}
		if asked := ledger.Ask(claims, start.Add(test.after)); !slices.Equal(asked, []string{"eni-a"}) {
			t.Errorf("%s: it asks for %v when that is due", name, asked)
		}
	}
}

func TestWhatEC2SaysLaterCounts(t *testing.T) {
	claims := []InterfaceClaim{claimA}
	lie := ec2(rightTags, fact("i-b", "eni-a", "subnet-1", "sg-1"))
	var ledger Ledger
	learn(&ledger, claims, lie, start)
	learn(&ledger, claims, ec2(rightTags, factA), start.Add(refutedFor))
	if out := ledger.Judge(claims, start.Add(refutedFor)); !out.Proves(claimA) || len(out.Contradictions) > 0 {
		t.Errorf("what was contradicted and is confirmed: %+v", out)
	}
	ledger = Ledger{}
	learn(&ledger, claims, ec2(rightTags), start)
	learn(&ledger, claims, lie, start.Add(unseenFor))
	learn(&ledger, claims, ec2(rightTags), start.Add(unseenFor+refutedFor))
	if out := ledger.Judge(claims, start.Add(unseenFor+refutedFor)); len(out.Contradictions) != 1 || !strings.Contains(out.Contradictions[0], "Node a names instance i-a") {
		t.Errorf("what it said last stays: %+v", out.Contradictions)
	}
	if ledger.unseen["eni-a"].first != start.Add(unseenFor+refutedFor) {
		t.Error("since when it is not shown counts from when it was shown last")
	}
}

func TestWhatNobodyClaimsAnyMoreIsForgotten(t *testing.T) {
	lie := fact("i-x", "eni-b", "subnet-2", "sg-2")
	unseen := claimOf("a", "i-a", "eni-c", "subnet-3", "sg-3")
	var ledger Ledger
	learn(&ledger, []InterfaceClaim{claimA, claimB, unseen}, ec2(rightTags, factA, lie), start)
	if len(ledger.confirmed) != 1 || len(ledger.refuted) != 1 || len(ledger.unseen) != 1 {
		t.Fatalf("it remembers %+v", ledger)
	}
	learn(&ledger, nil, EC2{}, start)
	if len(ledger.confirmed)+len(ledger.refuted)+len(ledger.unseen) != 0 {
		t.Errorf("it still remembers %+v", ledger)
	}
}

func TestQuestionsAndSentencesAreInOneOrder(t *testing.T) {
	var claims []InterfaceClaim
	for i := range 4 {
		claims = append(claims, claimOf(fmt.Sprintf("n%d", 3-i), "i-x", fmt.Sprintf("eni-%d", i), fmt.Sprintf("subnet-%d", i), "sg"))
	}
	var ledger Ledger
	if asked := ledger.Ask(claims, start); !slices.IsSorted(asked) || len(asked) != 4 {
		t.Errorf("it asks for %v", asked)
	}
	var shown []InterfaceFact
	for _, claim := range claims {
		shown = append(shown, fact("i-a", claim.ID, claim.Subnet, "sg"))
	}
	learn(&ledger, claims, ec2(rightTags, shown...), start)
	said := ledger.Judge(claims, start).Contradictions
	if len(said) != 4 || !slices.IsSorted(said) {
		t.Errorf("it says %q", said)
	}
}

func TestOneTagInAClusterIsEnoughToAskForItOnAll(t *testing.T) {
	nameless := nodeA
	nameless.Cluster.Name = ""
	claims := []InterfaceClaim{claimA, claimB}
	for name, test := range map[string]struct {
		tags map[string]map[string]string
		want int
	}{"no instance has one": {map[string]map[string]string{"i-a": {}, "i-b": {"Name": "x"}}, 0}, "one has": {tagsOf("i-a", "kubernetes.io/cluster/eu=owned", "i-b", "Name=x"), 1}} {
		var ledger Ledger
		ledger.Learn(claims, ledger.Ask(claims, start), nameless, nil, ec2(test.tags, factA, factB), start)
		if out := ledger.Judge(claims, start); len(out.Contradictions) != test.want {
			t.Errorf("%s: %q", name, out.Contradictions)
		}
		later := start.Add(ConfirmedFor)
		ledger.Learn(claims, ledger.Ask(claims, later), nameless, nil, ec2(map[string]map[string]string{}, factA, factB), later)
		if out := ledger.Judge(claims, later); (len(out.Contradictions) > 0) != (test.want > 0) {
			t.Errorf("%s, and later none: %q", name, out.Contradictions)
		}
	}
}

func TestALieIsForgottenAtOnceAndWhatIsGoneAfterAnHour(t *testing.T) {
	var ledger Ledger
	if ledger.Lapsed("sg-1", false, false, start) || ledger.Lapsed("sg-1", false, false, start.Add(ConfirmedFor-1)) {
		t.Error("forgotten too early")
	}
	if !ledger.Lapsed("sg-1", false, false, start.Add(ConfirmedFor)) {
		t.Error("not forgotten after an hour")
	}
	if ledger.Lapsed("sg-1", false, false, start.Add(ConfirmedFor+1)) {
		t.Error("what was forgotten once has an hour of its own when it comes back")
	}
	if !ledger.Lapsed("sg-2", false, true, start) {
		t.Error("a lie stays")
	}
	claims := []InterfaceClaim{claimA, claimB}
	learn(&ledger, claims, ec2(rightTags, fact("i-x", "eni-a", "subnet-1", "sg-1"), factB), start)
	out := ledger.Judge(claims, start)
	if !out.OnlyLies(claims, func(i Interface) bool { return i.ID == "eni-a" }) || out.OnlyLies(claims, func(i Interface) bool { return i.ID == "eni-b" }) || out.OnlyLies(claims, func(Interface) bool { return false }) {
		t.Error("one claim alone is a lie")
	}
	if keys := TagKeys(); len(keys) != 4 || keys[0] != "kubernetes.io/cluster/*" {
		t.Errorf("the keys are %v", keys)
	}
}

func TestAConfirmedPairIsAskedForWhenItsHourIsOver(t *testing.T) {
	claims := []InterfaceClaim{claimA}
	var ledger Ledger
	learn(&ledger, claims, ec2(rightTags, factA), start)
	if out := ledger.Judge(claims, start.Add(ConfirmedFor/2)); out.AskIn != ConfirmedFor/2 {
		t.Errorf("it is asked in %s", out.AskIn)
	}
}

func TestAnInstanceWithoutTagsIsARivalsToo(t *testing.T) {
	nameless := nodeA
	nameless.Cluster.Name = ""
	twin := claims(Cluster{PeeredCluster: "twin", VPC: "vpc-eu"}, Claim{Node: "x", InstanceID: "i-a"})
	all := []InterfaceClaim{claimA}
	var ledger Ledger
	ledger.Learn(all, ledger.Ask(all, start), nameless, []Claims{twin}, ec2(tagsOf(), factA), start)
	if said := ledger.Judge(all, start).Contradictions; len(said) != 1 || !strings.Contains(said[0], "Node x of PeeredCluster twin names too") {
		t.Errorf("it says %q", said)
	}
}

func TestAnInstanceOutsideOfGroupsIsNobodysWhereTwoClustersNameItWithEqualRight(t *testing.T) {
	own := claims(Cluster{PeeredCluster: "eu", Name: "eu", VPC: "vpc-eu"}, Claim{Node: "a", InstanceID: "i-a"})
	twin := claims(Cluster{PeeredCluster: "twin", Name: "eu", VPC: "vpc-eu"}, Claim{Node: "x", InstanceID: "i-a"})
	both := map[string]string{"kubernetes.io/cluster/eu": "owned", "kubernetes.io/cluster/us": "owned"}
	for name, test := range map[string]struct {
		facts AWS
		want  string
	}{
		"it is in the VPC, and tagged":         {AWS{Placed: map[string]Placement{"i-a": {VPC: "vpc-eu", Tags: map[string]string{"eks:cluster-name": "eu"}}}}, "Node x of PeeredCluster twin names instance i-a too"},
		"nothing is known of it":               {AWS{}, ""},
		"it is tagged as that of two clusters": {AWS{Placed: map[string]Placement{"i-a": {VPC: "vpc-eu", Tags: both}}}, "is tagged as that of cluster eu, us, not of eu alone"},
	} {
		refused := Nodes(own, []Claims{twin}, test.facts)["a"]
		if refused.Holds() != (test.want == "") || !strings.Contains(refused.Message, test.want) {
			t.Errorf("%s: %q, want %q", name, refused.Message, test.want)
		}
	}
}
