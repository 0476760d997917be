package loggroup

import "slices"

// lengths are the times that CloudWatch Logs takes, in days (CloudWatch Logs API Reference, "PutRetentionPolicy").
var lengths = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// AtLeast is the shortest time that CloudWatch Logs takes and that is long enough, in days; 0, which is for ever, where none is.
func AtLeast(days int) int {
	i, _ := slices.BinarySearch(lengths, days)
	if i == len(lengths) {
		return 0
	}
	return lengths[i]
}
