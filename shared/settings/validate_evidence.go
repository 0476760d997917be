package settings

// The fewest days that records are kept: for less than a month, the report of a month would outlive what it rests on. And the most that S3
// locks an object for, a hundred years (Amazon S3 API Reference, "DefaultRetention").
const (
	leastRetention = 31
	mostRetention  = 36500
)

func (v *validator) evidence(e Evidence) {
	locks := make([]string, 0, len(Locks))
	for _, lock := range Locks {
		locks = append(locks, string(lock))
	}
	v.oneOf(string(e.Lock), locks, "evidence", "lock")
	v.within(e.RetentionDays, leastRetention, mostRetention, "evidence", "retentionDays")
}
