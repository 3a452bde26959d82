package peering

// AwaitsRecord holds the rules and routes of a connection of ours that has no
// record (status lost) until the clusters report where their pods live: a first
// record without their tables and groups would turn our own routes there into
// somebody else's, for good.
func AwaitsRecord(request Request, snapshot Snapshot) (Verdict, bool) {
	if request.Inventory != nil || request.Adopted {
		return Verdict{}, false
	}
	verdict, waits := waitingForClusters(unreported(request, snapshot, Requester), unreported(request, snapshot, Accepter), "subnets and security groups")
	verdict.Message += "; until then nothing is changed, since status was lost and it can't be told what was made"
	return verdict, waits
}

func unreported(request Request, snapshot Snapshot, role Role) bool {
	return SelectTables(request, snapshot, role).Incomplete || SelectGroups(request, snapshot, role).Incomplete
}
