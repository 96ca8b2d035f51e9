/** The colors of the ages of what is owed: not due, then the older the redder. */
export const AGE_COLORS = [
    "#45689a", "#e0a84b", "#dd8a3e", "#cf6440", "#b5443c", "#8f2f2a", "#6d211d", "#4c1512",
];
