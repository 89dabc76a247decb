mod posts;
mod routes;
mod socket;
mod users;
