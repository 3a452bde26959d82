package peering

import "github.com/crossvpc/crossvpc/internal/verdict"

// AwaitsRecord holds back the rules and routes of a connection of ours that has no
// record (status lost) until the clusters report where their pods live: a first
// record without their tables and groups would turn our own routes there into
// somebody else's, for good.
func AwaitsRecord(request Request, snapshot Snapshot) (verdict.Verdict, bool) {
	if request.Inventory != nil || request.Adopted {
		return verdict.Verdict{}, false
	}
	judged, waits := waitingForClusters(unreported(request, snapshot, Requester), unreported(request, snapshot, Accepter), "subnets and security groups")
	judged.Message += " Until then nothing is changed: status was lost, so crossvpc cannot determine what it made."
	return judged, waits
}

func unreported(request Request, snapshot Snapshot, role Role) bool {
	return SelectTables(request, snapshot, role).Incomplete || SelectGroups(request, snapshot, role).Incomplete
}
